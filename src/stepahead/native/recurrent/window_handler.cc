// What XLA calls for the loss and gradient of a stack of recurrent layers on windows of a series.
#include "kinds.h"
#include "team.h"
#include "window_step.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Array = ffi::Buffer<ffi::F32>;
using Result = ffi::ResultBuffer<ffi::F32>;
using Numbers = ffi::Span<const int64_t>;

namespace {

template <class Act>
void with_loss(int parameters, Act act) {
  if (parameters == NormalDensity::kParameters) return act(NormalDensity{});
  act(SquaredError{});
}

ffi::Error window_step(ffi::ThreadPool pool, int32_t kind, bool anchored, int32_t parameters,
                       int32_t span, int32_t horizon, Numbers widths, Numbers offsets,
                       Numbers places, Array weights, Array values, ffi::Buffer<ffi::S32> start,
                       Array weight, Result loss, Result gradient) {
  WindowShape shape{int(start.element_count()),
                    int(span),
                    int(values.dimensions()[1]),
                    int(horizon),
                    int(parameters),
                    anchored,
                    {widths.begin(), widths.end()},
                    {offsets.begin(), offsets.end()},
                    std::vector<char>(size_t(span))};
  for (int64_t place : places) shape.counts[size_t(place)] = 1;
  const Windows windows{weights.typed_data(), values.typed_data(), start.typed_data(),
                        weight.typed_data(), values.dimensions()[0]};
  with_cell(kind, [&](auto cell) {
    with_loss(parameters, [&](auto head) {
      WindowStep<decltype(cell), decltype(head)> step(shape, windows);
      share(pool, step.tasks(), step);
      step.finish(loss->typed_data(), gradient->typed_data());
    });
  });
  return ffi::Error::Success();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) XLA_FFI_Error* stepahead_window_step(
    XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_window_step, window_step,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<int32_t>("kind")
                                  .Attr<bool>("anchored")
                                  .Attr<int32_t>("parameters")
                                  .Attr<int32_t>("span")
                                  .Attr<int32_t>("horizon")
                                  .Attr<Numbers>("widths")
                                  .Attr<Numbers>("offsets")
                                  .Attr<Numbers>("places")
                                  .Arg<Array>()                  // weights
                                  .Arg<Array>()                  // values
                                  .Arg<ffi::Buffer<ffi::S32>>()  // start
                                  .Arg<Array>()                  // weight of each window
                                  .Ret<Array>()                  // loss
                                  .Ret<Array>());                // gradient
