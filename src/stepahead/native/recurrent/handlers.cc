// What XLA and Python call: one forward and one backward handler for every cell, and what tells
// them how to be called.
#include "backward.h"
#include "kinds.h"
#include "single.h"
#include "team.h"
#include "threads.h"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;
using Array = ffi::Buffer<ffi::F32>;
using Whole = ffi::Buffer<ffi::S32>;
using Result = ffi::ResultBuffer<ffi::F32>;

namespace {

// Two vectors of samples a block read every weight half as often, which pays once the weights do
// not fit in L1.
bool wide_blocks(int64_t batch, int64_t hidden) {
  return batch > 2 * kLanes && hidden * hidden > (1 << 14);
}

template <class Act>
void with_block(const Shape& s, Act act) {
  if (wide_blocks(s.batch, s.hidden))
    act(std::integral_constant<int, 2>{});
  else
    act(std::integral_constant<int, 1>{});
}

Layer layer_of(Array& x, Array& w, Array& u, Array& b, Array& bn, Array& h, Array& c,
               Whole& lengths, bool reverse) {
  auto size = x.dimensions();
  Shape shape{int(size[0]), int(size[1]),           int(size[2]),
              int(size[3]), int(h.dimensions()[2]), reverse};
  return {shape,           x.typed_data(), w.typed_data(), u.typed_data(),      b.typed_data(),
          bn.typed_data(), h.typed_data(), c.typed_data(), lengths.typed_data()};
}

// So few sequences run faster one by one than as lanes of which most are empty.
bool few(const Shape& s) { return 2 * s.batch <= kLanes; }

// A forward pass that keeps nothing; `share_out(tasks, work)` calls work(0) … work(tasks - 1).
template <class ShareOut>
void forward_alone(int32_t kind, const Layer& layer, float* y, float* h_last, float* c_last,
                   ShareOut share_out) {
  with_cell(kind, [&](auto cell) {
    using Cell = decltype(cell);
    if (few(layer.shape)) {
      SinglePass<Cell> pass{layer, y, h_last, c_last};
      pass.prepare();
      return share_out(pass.tasks(), pass);
    }
    with_block(layer.shape, [&](auto vectors) {
      ForwardPass<Cell, vectors> pass{layer, y, h_last, c_last, nullptr, false};
      pass.prepare();
      share_out(pass.tasks(), pass);
    });
  });
}

ffi::Error forward(ffi::ThreadPool pool, int32_t kind, bool reverse, Array x, Array w, Array u,
                   Array b, Array bn, Array h, Array c, Whole lengths, Result y, Result h_last,
                   Result c_last, Result kept) {
  Layer layer = layer_of(x, w, u, b, bn, h, c, lengths, reverse);
  if (kept->element_count() == 0) {
    forward_alone(kind, layer, y->typed_data(), h_last->typed_data(), c_last->typed_data(),
                  [&](int tasks, const auto& pass) { share(pool, tasks, pass); });
    return ffi::Error::Success();
  }
  with_cell(kind, [&](auto cell) {
    with_block(layer.shape, [&](auto vectors) {
      ForwardPass<decltype(cell), vectors> pass{layer,
                                                y->typed_data(),
                                                h_last->typed_data(),
                                                c_last->typed_data(),
                                                kept->typed_data(),
                                                true};
      pass.prepare();
      share(pool, pass.tasks(), pass);
    });
  });
  return ffi::Error::Success();
}

ffi::Error backward(ffi::ThreadPool pool, int32_t kind, bool reverse, Array x, Array w, Array u,
                    Array b, Array bn, Array h, Array c, Whole lengths, Array y, Array kept,
                    Array dy, Array dh_last, Array dc_last, Result dx, Result dw, Result du,
                    Result db, Result dbn, Result dh, Result dc) {
  Layer layer = layer_of(x, w, u, b, bn, h, c, lengths, reverse);
  Gradients to{dx->typed_data(),  dw->typed_data(), du->typed_data(), db->typed_data(),
               dbn->typed_data(), dh->typed_data(), dc->typed_data()};
  with_cell(kind, [&](auto cell) {
    with_block(layer.shape, [&](auto vectors) {
      BackwardPass<decltype(cell), vectors> pass{layer,
                                                 y.typed_data(),
                                                 kept.typed_data(),
                                                 dy.typed_data(),
                                                 dh_last.typed_data(),
                                                 dc_last.typed_data(),
                                                 to};
      pass.prepare();
      share(pool, pass.tasks(), pass);
      share(pool, layer.shape.members, [&](int member) { pass.finish(member); });
    });
  });
  return ffi::Error::Success();
}

auto bind_layer() {
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .Attr<int32_t>("kind")
      .Attr<bool>("reverse")
      .Arg<Array>()   // inputs
      .Arg<Array>()   // input weights
      .Arg<Array>()   // recurrent weights
      .Arg<Array>()   // bias
      .Arg<Array>()   // candidate bias
      .Arg<Array>()   // h
      .Arg<Array>()   // c
      .Arg<Whole>();  // lengths
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT XLA_FFI_Error* stepahead_forward(XLA_FFI_CallFrame*);
EXPORT XLA_FFI_Error* stepahead_backward(XLA_FFI_CallFrame*);

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_forward, forward,
                              bind_layer().Ret<Array>().Ret<Array>().Ret<Array>().Ret<Array>());

XLA_FFI_DEFINE_HANDLER_SYMBOL(stepahead_backward, backward,
                              bind_layer()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Arg<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>()
                                  .Ret<Array>());

// The forward pass without XLA, for one set of weights and arrays of the same layout. h and c are the
// states before and after; a null y leaves the outputs out. The bits do not depend on `threads`.
EXPORT void stepahead_unroll(int32_t kind, int64_t batch, int64_t time, int64_t channels,
                             int64_t hidden, const float* x, const int32_t* lengths,
                             const float* w, const float* u, const float* b, const float* bn,
                             float* h, float* c, float* y, int64_t threads) {
  const Layer layer{{1, int(batch), int(time), int(channels), int(hidden), false},
                    x, w, u, b, bn, h, c, lengths};
  forward_alone(kind, layer, y, h, c, [&](int tasks, const auto& pass) {
    on_threads(int(threads), tasks, pass);
  });
}

// How many samples the array `kept` of a batch has room for: whole blocks.
EXPORT int64_t stepahead_room(int64_t batch, int64_t hidden) {
  return padded(batch, wide_blocks(batch, hidden) ? 2 * kLanes : kLanes);
}

// The functions of vector.h over arrays whose size is a multiple of 16, for the tests of their
// error.
EXPORT void stepahead_tanh(const float* x, float* y, int64_t count) {
  for (int64_t k = 0; k < count; k += kLanes) store(y + k, tanh(load(x + k)));
}
EXPORT void stepahead_sigmoid(const float* x, float* y, int64_t count) {
  for (int64_t k = 0; k < count; k += kLanes) store(y + k, sigmoid(load(x + k)));
}
EXPORT void stepahead_exp_of_negative(const float* x, float* y, int64_t count) {
  for (int64_t k = 0; k < count; k += kLanes) store(y + k, exp_of_negative(load(x + k)));
}

// 12 * kLanes multiply-adds a round on numbers that stay in registers: the fastest that this set of
// instructions can go, for the benchmarks. Returns how many there were.
EXPORT int64_t stepahead_multiply_adds(int64_t rounds, float* result) {
  Vec sum[12];
  for (int k = 0; k < 12; ++k)
    sum[k] = broadcast(float(k));  // all different, or the compiler would make them one
  const Vec factor = load(result), more = load(result + kLanes);
  for (int64_t n = 0; n < rounds; ++n) {
#pragma GCC unroll 16
    for (int k = 0; k < 12; ++k) sum[k] = sum[k] * factor + more;
  }
  for (int k = 1; k < 12; ++k) sum[0] += sum[k];
  store(result, sum[0]);
  return rounds * 12 * kLanes;
}
