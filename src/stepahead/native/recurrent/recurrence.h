// A recurrent layer over time for one ensemble of weights and one batch: the forward and the
// backward pass.
//
// The batch is cut into blocks of S vectors of samples. A block walks through time in chunks of a
// few steps: the input products of a chunk are taken together, then the steps one after the other,
// then its rows go out. Blocks share nothing in the forward pass. In the backward pass each group
// of blocks sums its weight gradients in its own array, and the arrays are added in order at the
// end. Blocks and groups depend on shapes only, never on the number of threads.
#pragma once

#include <vector>

#include "cells.h"
#include "product.h"

struct Shape {
  int members, batch, time, channels,
      hidden;  // `members`: how many sets of weights, each with a batch of its own
  bool reverse;
};

struct Layer {  // what both passes read, in the caller's layout: [member, batch, time, channel] and
                // so on
  Shape shape;
  const float *inputs, *input_weights, *recurrent_weights, *bias, *candidate_bias, *h, *c;
  const int32_t* lengths;
};

inline ptrdiff_t padded(ptrdiff_t count, int to) { return (count + to - 1) / to * to; }

// The part of the work that all blocks of one cell and one shape have in common.
template <class Cell, int S>
struct Plan {
  static constexpr int kWidth = S * kLanes;
  static constexpr int kShift =
      Cell::kPre - Cell::kRecurrent;  // where U's rows begin among those of `pre`

  const Shape shape;
  const int blocks = (shape.batch + kWidth - 1) / kWidth;
  const int size = shape.hidden * kWidth;
  const int steps;  // of a chunk

  explicit Plan(const Shape& s)
      : shape(s),
        steps(std::min(s.time,
                       std::max(4, std::min(16, (1 << 16) / (Cell::kPre * s.hidden * kWidth))))) {}

  // Row `r` of `pre` stands in this row of the stacked weights: the GRU's candidate, last there,
  // comes first here.
  int stacked(int r) const {
    return Cell::kSplitCandidate ? (r < shape.hidden ? r + 2 * shape.hidden : r - shape.hidden) : r;
  }
  int first_time(int done, int count) const {
    return shape.reverse ? shape.time - done - count : done;
  }
  int in_order(int step, int count) const { return shape.reverse ? count - 1 - step : step; }
  size_t kept_floats() const {
    return size_t(blocks) * kWidth * shape.time * Cell::kKept * shape.hidden;
  }
};

// One block of samples: where its rows begin and which of them live at a given time.
template <class Cell, int S>
struct Block {
  using ThePlan = Plan<Cell, S>;
  const ThePlan& plan;
  const int member, first, samples;
  const ptrdiff_t row;  // among all rows of [member, batch]
  int lengths[ThePlan::kWidth];
  int shortest;
  Ints mask[S];

  Block(const ThePlan& p, int index, const int32_t* all_lengths)
      : plan(p),
        member(index / p.blocks),
        first(index % p.blocks * ThePlan::kWidth),
        samples(std::min(ThePlan::kWidth, p.shape.batch - first)),
        row(ptrdiff_t(member) * p.shape.batch + first),
        shortest(p.shape.time) {
    for (int s = 0; s < ThePlan::kWidth; ++s) {
      lengths[s] =
          s < samples ? std::max(0, std::min(p.shape.time, all_lengths[row + s])) : p.shape.time;
      shortest = std::min(shortest, lengths[s]);
    }
  }

  const Ints* alive(int t) {
    if (t < shortest) return nullptr;
    for (int s = 0; s < S; ++s)
      for (int l = 0; l < kLanes; ++l) mask[s][l] = t < lengths[s * kLanes + l] ? -1 : 0;
    return mask;
  }

  float* kept(float* all) const {
    const Shape& s = plan.shape;
    return all + member * plan.kept_floats() + ptrdiff_t(first) * s.time * Cell::kKept * s.hidden;
  }
};

template <class Cell, int S>
struct ForwardPass {
  using ThePlan = Plan<Cell, S>;
  const Layer& layer;
  float *outputs, *h_last, *c_last, *kept;  // null `outputs`: the last state alone is wanted
  const bool keep;
  ThePlan plan{layer.shape};
  std::vector<Packed<S>> input_products{}, recurrent_products{};
  std::vector<std::vector<float>> biases{};

  void prepare() {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, rows = Cell::kProjected * hidden;
    for (int m = 0; m < s.members; ++m) {
      const float* w = layer.input_weights + ptrdiff_t(m) * rows * s.channels;
      const float* u = layer.recurrent_weights + ptrdiff_t(m) * rows * hidden;
      input_products.emplace_back(rows, s.channels, [&](int r, int k) {
        return w[ptrdiff_t(plan.stacked(r)) * s.channels + k];
      });
      recurrent_products.emplace_back(rows, hidden,
                                      [&](int r, int k) { return u[ptrdiff_t(r) * hidden + k]; });
      std::vector<float>& bias = biases.emplace_back(Cell::kPre * hidden);
      for (int r = 0; r < rows; ++r) bias[r] = layer.bias[m * rows + plan.stacked(r)];
      if (Cell::kSplitCandidate)
        std::copy_n(layer.candidate_bias + m * hidden, hidden, bias.begin() + rows);
    }
  }

  int tasks() const { return plan.blocks * layer.shape.members; }

  void operator()(int index) const {
    const Shape& s = layer.shape;
    constexpr int width = ThePlan::kWidth;
    const int size = plan.size, hidden = s.hidden;
    Block<Cell, S> block(plan, index, layer.lengths);
    const ptrdiff_t in_row = ptrdiff_t(s.time) * s.channels, out_row = ptrdiff_t(s.time) * hidden;
    Floats x(size_t(plan.steps) * s.channels * width), pre(size_t(plan.steps) * Cell::kPre * size),
        out(size_t(plan.steps) * size);
    Floats h(size), c(Cell::kHasCell ? size : 0), unkept(keep ? 0 : Cell::kKept * size);
    to_lanes(layer.h + block.row * hidden, hidden, block.samples, hidden, h, width);
    if (Cell::kHasCell)
      to_lanes(layer.c + block.row * hidden, hidden, block.samples, hidden, c, width);
    float* kept_here = keep ? block.kept(kept) : unkept;
    const float* bias = biases[block.member].data();

    for (int done = 0; done < s.time; done += plan.steps) {
      const int count = std::min(plan.steps, s.time - done), from = plan.first_time(done, count);
      to_lanes(layer.inputs + block.row * in_row + ptrdiff_t(from) * s.channels, in_row,
               block.samples, count * s.channels, x, width);
      input_products[block.member].multiply(count, x, ptrdiff_t(s.channels) * width, pre,
                                            ptrdiff_t(Cell::kPre) * size, bias);
      for (int step = 0; step < count; ++step) {
        const int at = plan.in_order(step, count);
        float* now = pre + ptrdiff_t(at) * Cell::kPre * size;
        for (int r = Cell::kProjected * hidden; r < Cell::kPre * hidden; ++r)
          for (int v = 0; v < S; ++v) store(now + (r * S + v) * kLanes, broadcast(bias[r]));
        recurrent_products[block.member].multiply(1, h, 0, now + ptrdiff_t(ThePlan::kShift) * size,
                                                  0, nullptr);
        float* kept_now = keep ? kept_here + ptrdiff_t(from + at) * Cell::kKept * size : kept_here;
        forward_step<Cell>({now, Cell::kHasCell ? c : h, h, c, kept_now, out + ptrdiff_t(at) * size,
                            block.alive(from + at), size, width});
      }
      if (outputs)
        from_lanes(out, width, block.samples, count * hidden,
                   outputs + block.row * out_row + ptrdiff_t(from) * hidden, out_row);
    }
    from_lanes(h, width, block.samples, hidden, h_last + block.row * hidden, hidden);
    if (Cell::kHasCell)
      from_lanes(c, width, block.samples, hidden, c_last + block.row * hidden, hidden);
  }
};
