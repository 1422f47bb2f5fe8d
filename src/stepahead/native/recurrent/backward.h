// The backward pass of a recurrent layer; see recurrence.h for how the work is cut.
#pragma once

#include <cstring>
#include <numeric>

#include "recurrence.h"

struct Gradients {  // of the arrays of `Layer`
  float *inputs, *input_weights, *recurrent_weights, *bias, *candidate_bias, *h, *c;
};

template <class Cell, int S>
struct BackwardPass {
  using ThePlan = Plan<Cell, S>;
  const Layer& layer;
  const float *outputs, *kept, *d_outputs, *dh_last, *dc_last;
  const Gradients& to;
  ThePlan plan{layer.shape};
  std::vector<Packed<S>> to_inputs{}, to_state{};

  // A sum of weight gradients: rows x against the projected columns of d_pre, then h against the
  // recurrent ones, then the sums of d_pre over samples, lane by lane: the biases. The rows' stride
  // is an odd number of cache lines, so that the rows of a tile do not compete for one place in the
  // cache.
  const ptrdiff_t stride = odd_lines(ptrdiff_t(Cell::kPre) * layer.shape.hidden + kLanes);
  const size_t bias_at = size_t(layer.shape.channels + layer.shape.hidden) * stride;
  const size_t sum_floats = bias_at + size_t(Cell::kPre) * layer.shape.hidden * kLanes;
  const int groups = std::min(std::max(1, plan.blocks),
                              std::max(4, std::min(64, int((size_t(1) << 24) / sum_floats))));
  Floats sums{};

  static ptrdiff_t odd_lines(ptrdiff_t floats) { return (padded(floats, 16) / 16 | 1) * 16; }

  void prepare() {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, rows = Cell::kProjected * hidden;
    for (int m = 0; m < s.members; ++m) {
      const float* w = layer.input_weights + ptrdiff_t(m) * rows * s.channels;
      const float* u = layer.recurrent_weights + ptrdiff_t(m) * rows * hidden;
      to_inputs.emplace_back(s.channels, rows, [&](int i, int r) {
        return w[ptrdiff_t(plan.stacked(r)) * s.channels + i];
      });
      to_state.emplace_back(hidden, rows,
                            [&](int i, int r) { return u[ptrdiff_t(r) * hidden + i]; });
    }
    sums = Floats(sum_floats * groups * s.members);
  }

  int tasks() const { return groups * layer.shape.members; }

  void operator()(int index) const {
    const int member = index / groups, group = index % groups;
    float* sum = sums + index * sum_floats;
    std::memset(sum, 0, sum_floats * sizeof(float));
    const int begin = int(int64_t(plan.blocks) * group / groups),
              end = int(int64_t(plan.blocks) * (group + 1) / groups);
    Scratch scratch(*this);
    for (int b = begin; b < end; ++b) walk(member * plan.blocks + b, scratch, sum);
  }

  // Adds the groups of one member in order and writes its weight gradients.
  void finish(int member) const {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, rows = Cell::kProjected * hidden;
    float* sum = sums + member * groups * sum_floats;
    for (int g = 1; g < groups; ++g) {
      const float* more = sum + g * sum_floats;
      for (size_t k = 0; k < sum_floats; k += kLanes)
        store(sum + k, load(sum + k) + load(more + k));
    }
    const float* state_sum = sum + s.channels * stride + ptrdiff_t(ThePlan::kShift) * hidden;
    float* dw = to.input_weights + ptrdiff_t(member) * rows * s.channels;
    for (int first = 0; first < rows; first += hidden) {  // one gate: its columns become rows
      const int gate = plan.stacked(first);
      from_lanes(sum + first, stride, hidden, s.channels, dw + ptrdiff_t(gate) * s.channels,
                 s.channels);
      bias_sums(sum, first, to.bias + ptrdiff_t(member) * rows + gate);
    }
    from_lanes(state_sum, stride, rows, hidden,
               to.recurrent_weights + ptrdiff_t(member) * rows * hidden, hidden);
    if (Cell::kSplitCandidate) bias_sums(sum, rows, to.candidate_bias + ptrdiff_t(member) * hidden);
  }

 private:
  struct Scratch {
    Floats dh, dc, before, d_out, d_pre, d_in, columns, zeros;
    std::vector<const float*> in_rows, state_rows;  // one for each row of `columns`
    explicit Scratch(const BackwardPass& p)
        : dh(p.plan.size),
          dc(p.plan.size),
          before(p.plan.size),
          d_out(size_t(p.plan.steps) * p.plan.size),
          d_pre(size_t(p.plan.steps) * Cell::kPre * p.plan.size),
          d_in(size_t(p.plan.steps) * p.layer.shape.channels * ThePlan::kWidth),
          columns(size_t(p.plan.steps) * ThePlan::kWidth * p.stride),
          zeros(std::max(p.layer.shape.channels, p.layer.shape.hidden)),
          in_rows(size_t(p.plan.steps) * ThePlan::kWidth),
          state_rows(in_rows.size()) {
      std::fill_n(zeros.get(), std::max(p.layer.shape.channels, p.layer.shape.hidden), 0.0f);
    }
  };

  void walk(int index, Scratch& w, float* sum) const {
    const Shape& s = layer.shape;
    constexpr int width = ThePlan::kWidth;
    const int size = plan.size, hidden = s.hidden;
    Block<Cell, S> block(plan, index, layer.lengths);
    const ptrdiff_t in_row = ptrdiff_t(s.time) * s.channels, out_row = ptrdiff_t(s.time) * hidden;
    const float* kept_here = block.kept(const_cast<float*>(kept));
    to_lanes(dh_last + block.row * hidden, hidden, block.samples, hidden, w.dh, width);
    if (Cell::kHasCell)
      to_lanes(dc_last + block.row * hidden, hidden, block.samples, hidden, w.dc, width);
    to_lanes((Cell::kHasCell ? layer.c : layer.h) + block.row * hidden, hidden, block.samples,
             hidden, w.before, width);

    for (int left = s.time; left > 0; left -= std::min(plan.steps, left)) {
      const int count = std::min(plan.steps, left), from = plan.first_time(left - count, count);
      to_lanes(d_outputs + block.row * out_row + ptrdiff_t(from) * hidden, out_row, block.samples,
               count * hidden, w.d_out, width);
      for (int step = count - 1; step >= 0; --step) {
        const int at = plan.in_order(step, count), t = from + at;
        const int previous = s.reverse ? t + 1 : t - 1;
        const bool is_first = previous < 0 || previous == s.time;
        const float* kept_now = kept_here + ptrdiff_t(t) * Cell::kKept * size;
        const float* before =
            is_first ? w.before
                     : kept_here + (ptrdiff_t(previous) * Cell::kKept + Cell::kKept - 1) * size;
        float* now = w.d_pre + ptrdiff_t(at) * Cell::kPre * size;
        backward_step<Cell>({kept_now, before, w.d_out + ptrdiff_t(at) * size, w.dh, w.dc, now,
                             block.alive(t), size, width});
        to_state[block.member].multiply(1, now + ptrdiff_t(ThePlan::kShift) * size, 0, w.dh, 0,
                                        nullptr);
      }
      std::memset(w.d_in, 0, size_t(count) * s.channels * width * sizeof(float));
      to_inputs[block.member].multiply(count, w.d_pre, ptrdiff_t(Cell::kPre) * size, w.d_in,
                                       ptrdiff_t(s.channels) * width, nullptr);
      from_lanes(w.d_in, width, block.samples, count * s.channels,
                 to.inputs + block.row * in_row + ptrdiff_t(from) * s.channels, in_row);
      add_weight_gradients(block, w, from, count, sum);
    }
    from_lanes(w.dh, width, block.samples, hidden, to.h + block.row * hidden, hidden);
    if (Cell::kHasCell)
      from_lanes(w.dc, width, block.samples, hidden, to.c + block.row * hidden, hidden);
  }

  // Adds what `count` steps of one block give to the weights, one row for each step of each sample.
  void add_weight_gradients(const Block<Cell, S>& block, Scratch& w, int from, int count,
                            float* sum) const {
    const Shape& s = layer.shape;
    const int hidden = s.hidden, samples = block.samples;
    for (int at = 0; at < count; ++at) {
      const float* d_pre = w.d_pre + ptrdiff_t(at) * Cell::kPre * plan.size;
      from_lanes(d_pre, ThePlan::kWidth, samples, Cell::kPre * hidden,
                 w.columns + ptrdiff_t(at) * samples * stride, stride);
      add_biases(d_pre, sum + bias_at);
      for (int b = 0; b < samples; ++b) find_rows(block, from + at, b, w, at * samples + b);
    }
    const int n = count * samples;
    accumulate_outer(n, s.channels, w.in_rows.data(), Cell::kProjected * hidden, w.columns, stride,
                     sum, stride);
    const ptrdiff_t shift = ptrdiff_t(ThePlan::kShift) * hidden;
    accumulate_outer(n, hidden, w.state_rows.data(), Cell::kRecurrent * hidden, w.columns + shift,
                     stride, sum + s.channels * stride + shift, stride);
  }

  // Row `n`: the input of a step and the state before it; zeros where the step does not exist.
  void find_rows(const Block<Cell, S>& block, int t, int sample, Scratch& w, int n) const {
    const Shape& s = layer.shape;
    const int length = block.lengths[sample];
    const ptrdiff_t b = block.row + sample;
    const bool is_first = s.reverse ? t == length - 1 : t == 0;
    const float* h = is_first ? layer.h + b * s.hidden
                              : outputs + (b * s.time + (s.reverse ? t + 1 : t - 1)) * s.hidden;
    w.in_rows[n] = t < length ? layer.inputs + (b * s.time + t) * s.channels : w.zeros.get();
    w.state_rows[n] = t < length ? h : w.zeros.get();
  }

  void add_biases(const float* d_pre, float* to_sum) const {
    for (int r = 0; r < Cell::kPre * layer.shape.hidden;
         ++r, d_pre += ThePlan::kWidth, to_sum += kLanes) {
      Vec total = load(to_sum);
      for (int v = 0; v < S; ++v) total += load(d_pre + v * kLanes);
      store(to_sum, total);
    }
  }

  // Adds the lanes of `hidden` rows of the bias part of a sum, from row `first` on.
  void bias_sums(const float* sum, int first, float* out) const {
    for (int r = 0; r < layer.shape.hidden; ++r) {
      const float* lanes = sum + bias_at + ptrdiff_t(first + r) * kLanes;
      out[r] = std::accumulate(lanes, lanes + kLanes, 0.0f);
    }
  }
};
