// A stack of recurrent layers with an output layer: its sizes, its weights in the order of the
// products, and where its gradients are summed.
#pragma once

#include <vector>

#include "cells.h"
#include "product.h"

struct WindowShape {
  int batch, span, channels, horizon, parameters;
  bool anchored;            // inputs are changes, and the last value is added to the location
  std::vector<int> widths;  // of the layers
  std::vector<ptrdiff_t> offsets;  // in the vector of weights: of W, U, b and b_n of each layer, then
                                   // of the output layer's W and b; -1 where there is none
  std::vector<char> counts;        // of each step: the loss counts there

  int layers() const { return int(widths.size()); }
  int top() const { return widths.back(); }
  int inputs(int layer) const { return layer ? widths[layer - 1] : channels; }
  int outputs() const { return horizon * channels * parameters; }
  bool readout() const { return offsets.back() >= 0; }
  ptrdiff_t readout_at() const { return offsets[offsets.size() - 2]; }
  ptrdiff_t readout_bias_at() const { return offsets.back(); }
};

inline ptrdiff_t whole_vectors(ptrdiff_t floats) { return (floats + kLanes - 1) / kLanes * kLanes; }
// So that the rows of a tile do not compete for one place in the cache.
inline ptrdiff_t odd_lines(ptrdiff_t floats) { return ((floats + 15) / 16 | 1) * 16; }

template <class Cell>
struct StackLayer {
  static constexpr int kShift =
      Cell::kPre - Cell::kRecurrent;  // where U's rows begin among those of `pre`
  const int in, hidden, size;         // size: of an array of the state, as lanes
  const int all, projected, shift;    // rows of `pre`, those with W, those without U
  const ptrdiff_t* offsets;
  // Sums of gradients: a row of `stride` columns for every input and unit, then one for the biases.
  const ptrdiff_t stride, sum_at;
  std::vector<Packed<1>> alone{}, both{}, last{};  // rows with W only, with W and U, with U only
  std::vector<Packed<1>> to_below{}, to_state{};
  std::vector<float> bias{};

  StackLayer(const WindowShape& s, const float* weights, int layer, ptrdiff_t at)
      : in(s.inputs(layer)),
        hidden(s.widths[layer]),
        size(hidden * kLanes),
        all(Cell::kPre * hidden),
        projected(Cell::kProjected * hidden),
        shift(kShift * hidden),
        offsets(s.offsets.data() + 4 * layer),
        stride(odd_lines(all + (kShift ? kLanes : 0))),
        sum_at(at) {
    const float *w = weights + offsets[0], *u = weights + offsets[1], *b = weights + offsets[2];
    const auto w_at = [=](int r, int k) { return w[ptrdiff_t(stacked(r)) * in + k]; };
    const auto u_at = [=](int r, int k) { return u[ptrdiff_t(r - shift) * hidden + k]; };
    both.emplace_back(projected - shift, in + hidden, [&](int r, int k) {
      return k < in ? w_at(r + shift, k) : u_at(r + shift, k - in);
    });
    if (shift) {
      alone.emplace_back(shift, in, w_at);
      last.emplace_back(all - projected, hidden,
                        [&](int r, int k) { return u_at(r + projected, k); });
    }
    if (layer) to_below.emplace_back(in, projected, [&](int i, int r) { return w_at(r, i); });
    to_state.emplace_back(hidden, all - shift, [&](int i, int r) { return u_at(r + shift, i); });
    bias.resize(all);
    for (int r = 0; r < projected; ++r) bias[r] = b[stacked(r)];
    if (Cell::kSplitCandidate) std::copy_n(weights + offsets[3], hidden, &bias[projected]);
  }

  // Row `r` of `pre` stands in this row of the stacked weights: the GRU's candidate, last there,
  // comes first here.
  int stacked(int r) const {
    return Cell::kSplitCandidate ? (r < hidden ? r + 2 * hidden : r - hidden) : r;
  }

  ptrdiff_t sum_floats() const { return (in + hidden + 1) * stride; }

  void project(const float* x, const float* h, float* pre) const {
    if (kShift) alone[0].multiply(1, x, 0, pre, 0, bias.data());
    both[0].multiply_parts(in, x, h, pre + ptrdiff_t(shift) * kLanes, bias.data() + shift);
    if (kShift)
      last[0].multiply(1, h, 0, pre + ptrdiff_t(projected) * kLanes, 0, bias.data() + projected);
  }

  // Adds what `steps` steps give: x and h with samples as lanes, `columns` the gradients of `pre`
  // with a row for each sample.
  void add_gradients(int steps, const float* x, ptrdiff_t x_step, const float* h, ptrdiff_t h_step,
                     const float* columns, float* sums) const {
    float* sum = sums + sum_at;
    accumulate_lanes(steps, in, x, x_step, projected, columns, stride, sum, stride);
    accumulate_lanes(steps, hidden, h, h_step, all - shift, columns + shift, stride,
                     sum + in * stride + shift, stride);
    accumulate_rows(steps * kLanes, all, columns, stride, sum + (in + hidden) * stride);
  }

  // Writes the sums where the gradients of this layer stand in the vector of all.
  void finish(const float* sums, float* gradient) const {
    const float *sum = sums + sum_at, *of_bias = sum + (in + hidden) * stride;
    for (int first = 0; first < projected; first += hidden) {
      const ptrdiff_t gate = stacked(first);
      from_lanes(sum + first, stride, hidden, in, gradient + offsets[0] + gate * in, in);
      std::copy_n(of_bias + first, hidden, gradient + offsets[2] + gate);
    }
    from_lanes(sum + in * stride + shift, stride, all - shift, hidden, gradient + offsets[1],
               hidden);
    if (Cell::kSplitCandidate) std::copy_n(of_bias + projected, hidden, gradient + offsets[3]);
  }
};
