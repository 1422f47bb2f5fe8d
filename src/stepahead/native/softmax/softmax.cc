// What XLA calls for the cross-entropy of a softmax and its gradient.
#include "softmax.h"

#include "team.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Array = ffi::Buffer<ffi::F32>;
using Result = ffi::ResultBuffer<ffi::F32>;

namespace {

ffi::Error softmax(ffi::ThreadPool pool, Array hidden, Array weight, Array bias,
                   ffi::Buffer<ffi::S32> target, Array share, Result loss, Result d_hidden,
                   Result d_weight, Result d_bias) {
  auto size = hidden.dimensions();
  Softmax task{int(size[0]),
               int(size[1]),
               int(weight.dimensions()[0]),
               hidden.typed_data(),
               weight.typed_data(),
               bias.typed_data(),
               share.typed_data(),
               target.typed_data(),
               loss->typed_data(),
               d_hidden->typed_data(),
               d_weight->typed_data(),
               d_bias->typed_data()};
  task.run([&](int tasks, auto work) { ::share(pool, tasks, work); });
  return ffi::Error::Success();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) XLA_FFI_Error* stepahead_softmax(
    XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_softmax, softmax,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<Array>()                  // hidden
                                  .Arg<Array>()                  // weight
                                  .Arg<Array>()                  // bias
                                  .Arg<ffi::Buffer<ffi::S32>>()  // target
                                  .Arg<Array>()                  // share
                                  .Ret<Array>()                  // loss
                                  .Ret<Array>()                  // gradients of hidden,
                                  .Ret<Array>()                  // weight
                                  .Ret<Array>());                // and bias
