// What XLA calls for the loss and gradient of a stack of recurrent layers on windows of a series, and
// for an epoch of training by them.
#include "kinds.h"
#include "team.h"
#include "window_epoch.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Array = ffi::Buffer<ffi::F32>;
using Whole = ffi::Buffer<ffi::S32>;
using Result = ffi::ResultBuffer<ffi::F32>;
using Numbers = ffi::Span<const int64_t>;

namespace {

template <class Act>
void with_parts(int32_t kind, int32_t parameters, Act act) {
  with_cell(kind, [&](auto cell) {
    if (parameters == NormalDensity::kParameters) return act(cell, NormalDensity{});
    act(cell, SquaredError{});
  });
}

WindowShape shape_of(int64_t batch, int64_t channels, bool anchored, int32_t parameters,
                     int32_t span, int32_t horizon, Numbers widths, Numbers offsets,
                     Numbers places) {
  WindowShape shape{int(batch),
                    int(span),
                    int(channels),
                    int(horizon),
                    int(parameters),
                    anchored,
                    {widths.begin(), widths.end()},
                    {offsets.begin(), offsets.end()},
                    std::vector<char>(size_t(span))};
  for (int64_t place : places) shape.counts[size_t(place)] = 1;
  return shape;
}

ffi::Error window_step(ffi::ThreadPool pool, int32_t kind, bool anchored, int32_t parameters,
                       int32_t span, int32_t horizon, Numbers widths, Numbers offsets,
                       Numbers places, Array weights, Array values, Whole start, Array weight,
                       Result loss, Result gradient) {
  const auto size = values.dimensions();
  const WindowShape shape = shape_of(start.element_count(), size[1], anchored, parameters, span,
                                     horizon, widths, offsets, places);
  const Windows windows{weights.typed_data(), values.typed_data(), start.typed_data(),
                        weight.typed_data(), size[0]};
  with_parts(kind, parameters, [&](auto cell, auto head) {
    StepMemory memory;
    WindowStep<decltype(cell), decltype(head)> step(shape, windows, memory);
    share(pool, step.tasks(), step);
    step.finish(loss->typed_data(), gradient->typed_data());
  });
  return ffi::Error::Success();
}

// Copies where XLA did not give the result the memory of the argument.
float* moved(Array& from, Result& to) {
  if (from.typed_data() != to->typed_data())
    std::copy_n(from.typed_data(), from.element_count(), to->typed_data());
  return to->typed_data();
}

// Models are tasks, each on one thread, whose caches hold what it keeps; the threads share the steps
// of those that are left over. The numbers are the same.
ffi::Error window_epoch(ffi::ThreadPool pool, int32_t kind, bool anchored, int32_t parameters,
                        int32_t span, int32_t horizon, Numbers widths, Numbers offsets,
                        Numbers places, float clip, float decay, Array weights, Array mean,
                        Array square, Array values, Whole start, Array weight, Array rates,
                        Array corrections, Result new_weights, Result new_mean, Result new_square,
                        Result losses) {
  const auto starts = start.dimensions(), size = values.dimensions();
  const int64_t models = starts[0], steps = starts[1], batch = starts[2];
  const int64_t count = weights.dimensions()[1], each = size[0] > 1 ? size[1] * size[2] : 0;
  const WindowShape shape = shape_of(batch, size[2], anchored, parameters, span, horizon, widths,
                                     offsets, places);
  float *w = moved(weights, new_weights), *m = moved(mean, new_mean),
        *v = moved(square, new_square);
  const auto epoch = [&](int64_t k) {
    return Epoch{steps,
                 count,
                 values.typed_data() + k * each,
                 size[1],
                 start.typed_data() + k * steps * batch,
                 weight.typed_data() + k * steps * batch,
                 rates.typed_data(),
                 corrections.typed_data(),
                 clip,
                 decay,
                 w + k * count,
                 m + k * count,
                 v + k * count,
                 losses->typed_data() + k * steps};
  };
  with_parts(kind, parameters, [&](auto cell, auto head) {
    using Cell = decltype(cell);
    using Loss = decltype(head);
    const int64_t threads = std::max<int64_t>(1, pool.num_threads());
    const int64_t at_once = std::min(threads, (batch + kLanes - 1) / kLanes);  // on one step
    const int64_t alone = models % threads > at_once ? models : models / threads * threads;
    const auto serial = [](int tasks, const auto& work) {
      for (int k = 0; k < tasks; ++k) work(k);
    };
    share(pool, int(alone), [&](int k) { run_epoch<Cell, Loss>(shape, epoch(k), serial); });
    if (alone == models) return;
    Team team(pool, int(at_once) - 1);
    const auto together = [&](int tasks, const auto& work) { team.share(tasks, work); };
    for (int64_t k = alone; k < models; ++k) run_epoch<Cell, Loss>(shape, epoch(k), together);
  });
  return ffi::Error::Success();
}

auto bind_stack() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Attr<int32_t>("kind")
      .Attr<bool>("anchored")
      .Attr<int32_t>("parameters")
      .Attr<int32_t>("span")
      .Attr<int32_t>("horizon")
      .Attr<Numbers>("widths")
      .Attr<Numbers>("offsets")
      .Attr<Numbers>("places");
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT XLA_FFI_Error* stepahead_window_step(XLA_FFI_CallFrame*);
EXPORT XLA_FFI_Error* stepahead_window_epoch(XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_window_step, window_step,
                              bind_stack()
                                  .Arg<Array>()    // weights
                                  .Arg<Array>()    // values
                                  .Arg<Whole>()    // start
                                  .Arg<Array>()    // weight of each window
                                  .Ret<Array>()    // loss
                                  .Ret<Array>());  // gradient

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_window_epoch, window_epoch,
                              bind_stack()
                                  .Attr<float>("clip")
                                  .Attr<float>("decay")
                                  .Arg<Array>()    // weights
                                  .Arg<Array>()    // Adam's means: of the gradient
                                  .Arg<Array>()    // and of its square
                                  .Arg<Array>()    // values
                                  .Arg<Whole>()    // start
                                  .Arg<Array>()    // weight of each window
                                  .Arg<Array>()    // rates
                                  .Arg<Array>()    // corrections
                                  .Ret<Array>()    // weights
                                  .Ret<Array>()    // means
                                  .Ret<Array>()
                                  .Ret<Array>());  // losses
