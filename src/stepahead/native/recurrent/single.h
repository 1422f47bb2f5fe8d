// The forward pass of a recurrent layer over few sequences, one at a time: units are the lanes, not
// samples, so that a single sequence keeps every lane at work.
#pragma once

#include <vector>

#include "cells.h"
#include "product.h"
#include "recurrence.h"

// A matrix [rows, depth], copied once with its columns lying row by row, each gate's rows filled up
// to whole vectors.
class Columns {
 public:
  template <class At>  // at(gate, unit, k)
  Columns(int gates, int hidden, int size, int depth, At at)
      : width_(gates * size), depth_(depth), weights_(size_t(width_) * depth) {
    for (int k = 0; k < depth; ++k)
      for (int g = 0; g < gates; ++g)
        for (int u = 0; u < size; ++u)
          weights_[ptrdiff_t(k) * width_ + g * size + u] = u < hidden ? at(g, u, k) : 0.0f;
  }

  // out += W x.
  void add(const float* x, float* out) const {
    const int vectors = width_ / kLanes;
    int v = 0;
    for (; v + kTogether <= vectors; v += kTogether) add_tile<kTogether>(x, v, out);
    for (; v < vectors; ++v) add_tile<1>(x, v, out);
  }

 private:
  static constexpr int kTogether = 6;

  template <int V>
  void add_tile(const float* x, int first, float* out) const {
    Vec sum[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[v] = load(out + (first + v) * kLanes);
    const float* w = weights_ + first * kLanes;
    for (int k = 0; k < depth_; ++k, w += width_)
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) sum[v] += x[k] * load(w + v * kLanes);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) store(out + (first + v) * kLanes, sum[v]);
  }

  int width_, depth_;
  Floats weights_;
};

template <class Cell>
struct SinglePass {
  const Layer& layer;
  float *outputs, *h_last, *c_last;  // null `outputs`: the last state alone is wanted
  Plan<Cell, 1> plan{layer.shape};   // for the order of the stacked weights' rows
  const int size = int(padded(layer.shape.hidden, kLanes));
  std::vector<Columns> input_columns{}, recurrent_columns{};
  std::vector<std::vector<float>> biases{};

  void prepare() {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, rows = Cell::kProjected * hidden;
    for (int m = 0; m < s.members; ++m) {
      const float* w = layer.input_weights + ptrdiff_t(m) * rows * s.channels;
      const float* u = layer.recurrent_weights + ptrdiff_t(m) * rows * hidden;
      const float* b = layer.bias + ptrdiff_t(m) * rows;
      input_columns.emplace_back(Cell::kProjected, hidden, size, s.channels,
                                 [&](int g, int unit, int k) {
                                   const ptrdiff_t row = plan.stacked(g * hidden + unit);
                                   return w[row * s.channels + k];
                                 });
      recurrent_columns.emplace_back(Cell::kRecurrent, hidden, size, hidden,
                                     [&](int g, int unit, int k) {
                                       return u[ptrdiff_t(g * hidden + unit) * hidden + k];
                                     });
      std::vector<float>& bias = biases.emplace_back(Cell::kPre * size);
      for (int g = 0; g < Cell::kProjected; ++g)
        for (int unit = 0; unit < hidden; ++unit)
          bias[g * size + unit] = b[plan.stacked(g * hidden + unit)];
      if (Cell::kSplitCandidate)
        std::copy_n(layer.candidate_bias + ptrdiff_t(m) * hidden, hidden,
                    bias.begin() + Cell::kProjected * size);
    }
  }

  int tasks() const { return layer.shape.members * layer.shape.batch; }

  void operator()(int index) const {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, member = index / s.batch;
    const int length = std::max(0, std::min(s.time, layer.lengths[index]));
    const ptrdiff_t row = index;
    Floats pre(Cell::kPre * size), h(size), c(Cell::kHasCell ? size : 0), out(size),
        kept(Cell::kKept * size);
    begin(layer.h + row * hidden, h);
    if (Cell::kHasCell) begin(layer.c + row * hidden, c);
    float* to = outputs ? outputs + row * s.time * hidden : nullptr;
    if (to) std::fill_n(to + ptrdiff_t(length) * hidden, ptrdiff_t(s.time - length) * hidden, 0.0f);
    for (int done = 0; done < length; ++done) {
      const ptrdiff_t t = s.reverse ? length - 1 - done : done;
      std::copy(biases[member].begin(), biases[member].end(), pre.get());
      input_columns[member].add(layer.inputs + (row * s.time + t) * s.channels, pre);
      recurrent_columns[member].add(h, pre + ptrdiff_t(Plan<Cell, 1>::kShift) * size);
      forward_step<Cell>({pre, Cell::kHasCell ? c : h, h, c, kept, out, nullptr, size, kLanes});
      if (to) std::copy_n(out.get(), hidden, to + t * hidden);
    }
    std::copy_n(h.get(), hidden, h_last + row * hidden);
    if (Cell::kHasCell) std::copy_n(c.get(), hidden, c_last + row * hidden);
  }

 private:
  void begin(const float* from, float* to) const {
    std::copy_n(from, layer.shape.hidden, to);
    std::fill(to + layer.shape.hidden, to + size, 0.0f);
  }
};
