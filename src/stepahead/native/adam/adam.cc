// What XLA calls for clipping and Adam's moments.
#include "adam.h"

#include "team.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Array = ffi::Buffer<ffi::F32>;
using Result = ffi::ResultBuffer<ffi::F32>;

namespace {

ffi::Error adam(ffi::ThreadPool pool, float clip, Array gradient, Array mean, Array square,
                Array corrections, Result direction, Result new_mean, Result new_square) {
  const float* one_less = corrections.typed_data();
  const Adam task{int64_t(gradient.element_count()),
                  gradient.typed_data(),
                  mean.typed_data(),
                  square.typed_data(),
                  direction->typed_data(),
                  new_mean->typed_data(),
                  new_square->typed_data(),
                  clip,
                  one_less[0],
                  one_less[1]};
  task.run([&](int tasks, const auto& work) { share(pool, tasks, work); });
  return ffi::Error::Success();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) XLA_FFI_Error* stepahead_adam(
    XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_adam, adam,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Attr<float>("clip")
                                  .Arg<Array>()   // gradient
                                  .Arg<Array>()   // moments: mean
                                  .Arg<Array>()   // and square
                                  .Arg<Array>()   // 1 - β^t of each
                                  .Ret<Array>()   // direction
                                  .Ret<Array>()   // mean
                                  .Ret<Array>());  // square
