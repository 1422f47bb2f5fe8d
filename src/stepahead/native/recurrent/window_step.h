// Loss and gradient of a stack of recurrent layers with an output layer, on windows of one flat
// series: all that a step of training asks for but the update, as one call.
//
// The batch is cut into blocks of one vector of samples. A block walks forward through time, at
// each step through all layers, and back in chunks of a few steps, in each chunk from the loss
// through the output layer down. Everything of a block lies with samples as lanes, so that nothing
// is transposed between layers. Every group of blocks sums its gradients in its own array, and the
// arrays are added in order at the end. Blocks and groups depend on shapes only, so the numbers are
// the same for any number of threads.
#pragma once

#include <cstring>
#include <mutex>

#include "head_loss.h"
#include "stack.h"

// Memory that lasts from step to step: whoever works takes the piece that was given back last, which
// is in the cache.
class Pieces {
 public:
  Floats take(size_t floats) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return Floats(floats);
    Floats piece = std::move(free_.back());
    free_.pop_back();
    return piece;
  }
  void give_back(Floats piece) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(piece));
  }

 private:
  std::mutex mutex_;
  std::vector<Floats> free_;
};

struct StepMemory {
  Floats sums{};  // of the gradients, an array for each group
  Pieces work{};  // what a group works in
};

struct Windows {          // what a step reads
  const float* weights;   // all of them, as one vector
  const float* values;    // [total, channel]
  const int32_t* start;   // of each window in `values`
  const float* weight;    // of each window; 0 is padding
  int64_t total;
};

template <class Cell, class Loss>
class WindowStep {
 public:
  WindowStep(const WindowShape& shape, const Windows& windows, StepMemory& memory)
      : s(shape), from(windows), memory(memory) {
    for (int l = 0; l < s.layers(); ++l) {
      layers.emplace_back(s, from.weights, l, sum_floats);
      sum_floats += layers[l].sum_floats();
      widest = std::max({widest, layers[l].hidden, layers[l].in});
      longest = std::max(longest, layers[l].stride);
    }
    if (s.readout()) {
      const float* r = from.weights + s.readout_at();
      const int top = s.top();
      read.emplace_back(s.outputs(), top, [=](int o, int k) { return r[ptrdiff_t(o) * top + k]; });
      unread.emplace_back(top, s.outputs(),
                          [=](int k, int o) { return r[ptrdiff_t(o) * top + k]; });
      read_at = sum_floats;
      sum_floats += (top + 1) * read_stride;
      longest = std::max(longest, read_stride);
    }
    double windows_that_count = 0, steps_that_count = 0;
    for (int b = 0; b < s.batch; ++b) windows_that_count += from.weight[b];
    for (char each : s.counts) steps_that_count += each;
    const double terms = windows_that_count * steps_that_count * s.horizon * s.channels;
    share_of_term = 1.0 / std::max(terms, 1.0);
    work_floats = Memory(*this, nullptr, nullptr).floats;
    if (!memory.sums) memory.sums = Floats(size_t(sum_floats) * groups);
  }

  int tasks() const { return groups; }

  void operator()(int group) const {
    Floats work = memory.work.take(size_t(work_floats));
    Memory m(*this, work, memory.sums + group * sum_floats);
    m.clear(*this);
    const int begin = int(int64_t(blocks) * group / groups),
              end = int(int64_t(blocks) * (group + 1) / groups);
    for (int block = begin; block < end; ++block) {
      read_windows(block, m);
      for (int t = 0; t < s.span; ++t) forward(t, m);
      losses[group] += backward(block, m);
    }
    memory.work.give_back(std::move(work));
  }

  // Adds the groups in order and writes the mean loss and its gradient.
  void finish(float* loss, float* gradient) const {
    double total = 0;
    for (double each : losses) total += each;
    *loss = float(total * share_of_term);
    float* sums = memory.sums;
    for (int g = 1; g < groups; ++g) {
      const float* more = sums + g * sum_floats;
      for (ptrdiff_t k = 0; k < sum_floats; k += kLanes)
        store(sums + k, load(sums + k) + load(more + k));
    }
    for (const auto& layer : layers) layer.finish(sums, gradient);
    if (s.readout()) {
      const float* sum = sums + read_at;
      from_lanes(sum, read_stride, s.outputs(), s.top(), gradient + s.readout_at(), s.top());
      std::copy_n(sum + s.top() * read_stride, s.outputs(), gradient + s.readout_bias_at());
    }
  }

 private:
  static constexpr int kChunk = 4;  // steps: their gradients stay in L1, as lanes and as columns

  // What one group works in. Arrays over time begin with a slot of zeros, before the first step.
  struct Memory {
    struct OfLayer {
      float *kept, *h, *dh, *dc;
    };
    ptrdiff_t floats = 0;
    float* sums;
    float *values, *changes, *zeros, *pre, *d_pre, *out, *columns, *above, *below;
    std::vector<OfLayer> layers{};

    Memory(const WindowStep& step, float* base, float* sums) : sums(sums) {
      const WindowShape& s = step.s;
      auto take = [&](ptrdiff_t count) {
        float* here = base ? base + floats : nullptr;
        floats += odd_lines(count);
        return here;
      };
      const ptrdiff_t row = ptrdiff_t(s.channels) * kLanes;
      values = take((s.span + s.horizon) * row);
      changes = take(s.anchored ? s.span * row : 0);
      zeros = take(step.widest * kLanes);
      pre = take(Cell::kPre * step.widest * kLanes);
      d_pre = take(whole_vectors(Cell::kPre * step.widest) * kLanes);
      out = take(whole_vectors(s.outputs()) * kLanes);
      columns = take(kChunk * kLanes * step.longest);
      above = take(kChunk * step.widest * kLanes);
      below = take(kChunk * step.widest * kLanes);
      for (const auto& layer : step.layers)
        layers.push_back({take((s.span + 1) * ptrdiff_t(Cell::kKept) * layer.size),
                          take(Cell::kHasCell ? (s.span + 1) * ptrdiff_t(layer.size) : 0),
                          take(layer.size), take(layer.size)});
    }

    void clear(const WindowStep& step) {
      std::fill_n(sums, step.sum_floats, 0.0f);
      std::fill_n(zeros, step.widest * kLanes, 0.0f);
      std::fill_n(d_pre, whole_vectors(Cell::kPre * step.widest) * kLanes, 0.0f);
      std::fill_n(out, whole_vectors(step.s.outputs()) * kLanes, 0.0f);
      for (size_t l = 0; l < layers.size(); ++l) {
        std::fill_n(layers[l].kept, Cell::kKept * step.layers[l].size, 0.0f);
        if (Cell::kHasCell) std::fill_n(layers[l].h, step.layers[l].size, 0.0f);
      }
    }
  };

  float* kept(const Memory& m, int l, int t) const {
    return m.layers[l].kept + (t + 1) * ptrdiff_t(Cell::kKept) * layers[l].size;
  }
  const float* state(const Memory& m, int l, int t) const {  // h, of the LSTM c, after step t
    return kept(m, l, t) + (Cell::kKept - 1) * layers[l].size;
  }
  float* own_h(const Memory& m, int l, int t) const {
    return m.layers[l].h + (t + 1) * ptrdiff_t(layers[l].size);
  }
  const float* h(const Memory& m, int l, int t) const {  // after step t
    return Cell::kHasCell ? own_h(m, l, t) : state(m, l, t);
  }
  ptrdiff_t h_step(int l) const {
    return ptrdiff_t(Cell::kHasCell ? 1 : Cell::kKept) * layers[l].size;
  }
  const float* value(const Memory& m, int t) const {
    return m.values + ptrdiff_t(t) * s.channels * kLanes;
  }
  const float* input(const Memory& m, int l, int t) const {
    if (l) return h(m, l - 1, t);
    return (s.anchored ? m.changes : m.values) + ptrdiff_t(t) * s.channels * kLanes;
  }
  ptrdiff_t input_step(int l) const {
    return l ? h_step(l - 1) : ptrdiff_t(s.channels) * kLanes;
  }

  void read_windows(int block, Memory& m) const {
    const int first = block * kLanes, columns = (s.span + s.horizon) * s.channels;
    for (int lane = 0; lane < kLanes; ++lane) {
      const int64_t begin = first + lane < s.batch ? from.start[first + lane] : -1;
      for (int k = 0; k < columns; ++k) {
        const int64_t at = std::min(begin * s.channels + k, from.total * s.channels - 1);
        m.values[ptrdiff_t(k) * kLanes + lane] = begin < 0 ? 0.0f : from.values[at];
      }
    }
    if (!s.anchored) return;
    const ptrdiff_t row = ptrdiff_t(s.channels) * kLanes;
    std::fill_n(m.changes, row, 0.0f);
    for (ptrdiff_t k = row; k < s.span * row; k += kLanes)
      store(m.changes + k, load(m.values + k) - load(m.values + k - row));
  }

  void forward(int t, Memory& m) const {
    for (int l = 0; l < s.layers(); ++l) {
      layers[l].project(input(m, l, t), h(m, l, t - 1), m.pre);
      forward_step<Cell>({m.pre, state(m, l, t - 1), Cell::kHasCell ? own_h(m, l, t) : nullptr,
                          nullptr, kept(m, l, t), nullptr, nullptr, layers[l].size, kLanes});
    }
  }

  double backward(int block, Memory& m) const {
    Vec share{}, loss{};
    for (int lane = 0; lane < kLanes && block * kLanes + lane < s.batch; ++lane)
      share[lane] = float(from.weight[block * kLanes + lane] * share_of_term);
    for (size_t l = 0; l < layers.size(); ++l) {
      std::fill_n(m.layers[l].dh, layers[l].size, 0.0f);
      if (Cell::kHasCell) std::fill_n(m.layers[l].dc, layers[l].size, 0.0f);
    }
    for (int left = s.span; left > 0;) {
      const int count = std::min(kChunk, left), first = left -= count;
      for (int t = first; t < first + count; ++t) loss += from_outputs(t, t - first, share, m);
      for (int l = s.layers() - 1; l >= 0; --l) {
        for (int t = first + count - 1; t >= first; --t) backward_layer(l, t, t - first, m);
        layers[l].add_gradients(count, input(m, l, first), input_step(l), h(m, l, first - 1),
                                h_step(l), m.columns, m.sums);
        std::swap(m.above, m.below);
      }
    }
    double total = 0;
    for (int lane = 0; lane < kLanes && block * kLanes + lane < s.batch; ++lane)
      total += double(loss[lane]) * from.weight[block * kLanes + lane];
    return total;
  }

  // The loss at a step, its gradient by the last layer's h into place `at` of `above`, and what the
  // output layer's weights get.
  Vec from_outputs(int t, int at, Vec share, Memory& m) const {
    const int top = s.top();
    float* above = m.above + ptrdiff_t(at) * top * kLanes;
    if (!s.counts[t]) {
      std::fill_n(above, ptrdiff_t(top) * kLanes, 0.0f);
      return Vec{};
    }
    const float* hidden = h(m, s.layers() - 1, t);
    float* out = s.readout() ? m.out : above;
    if (s.readout())
      read[0].multiply(1, hidden, 0, out, 0, from.weights + s.readout_bias_at());
    else
      std::copy_n(hidden, ptrdiff_t(top) * kLanes, above);
    const Vec loss = losses_at(t, share, out, m);
    if (s.readout()) {
      unread[0].multiply(1, out, 0, above, 0, m.zeros);
      from_lanes(out, kLanes, kLanes, int(whole_vectors(s.outputs())), m.columns, read_stride);
      float* sum = m.sums + read_at;
      accumulate_lanes(1, top, hidden, 0, s.outputs(), m.columns, read_stride, sum, read_stride);
      accumulate_rows(kLanes, s.outputs(), m.columns, read_stride, sum + top * read_stride);
    }
    return loss;
  }

  // The sum of the losses at a step; what the output layer said becomes its gradient.
  Vec losses_at(int t, Vec share, float* out, const Memory& m) const {
    Vec sum{};
    for (int k = 0; k < s.horizon; ++k)
      for (int c = 0; c < s.channels; ++c) {
        Vec said[Loss::kParameters], slope[Loss::kParameters];
        for (int p = 0; p < Loss::kParameters; ++p) said[p] = load(out + p * kLanes);
        if (s.anchored) said[0] += load(value(m, t) + c * kLanes);
        sum += Loss::loss(said, load(value(m, t + 1 + k) + c * kLanes), slope);
        for (int p = 0; p < Loss::kParameters; ++p) store(out + p * kLanes, slope[p] * share);
        out += Loss::kParameters * kLanes;
      }
    return sum;
  }

  void backward_layer(int l, int t, int at, Memory& m) const {
    const StackLayer<Cell>& layer = layers[l];
    backward_step<Cell>({kept(m, l, t), state(m, l, t - 1), m.above + ptrdiff_t(at) * layer.size,
                         m.layers[l].dh, m.layers[l].dc, m.d_pre, nullptr, layer.size, kLanes});
    layer.to_state[0].multiply(1, m.d_pre + ptrdiff_t(layer.shift) * kLanes, 0, m.layers[l].dh, 0,
                               nullptr);
    if (l)
      layer.to_below[0].multiply(1, m.d_pre, 0, m.below + ptrdiff_t(at) * layer.in * kLanes, 0,
                                 m.zeros);
    from_lanes(m.d_pre, kLanes, kLanes, int(whole_vectors(layer.all)),
               m.columns + ptrdiff_t(at) * kLanes * layer.stride, layer.stride);
  }

  const WindowShape& s;
  const Windows& from;
  StepMemory& memory;
  const int blocks = (s.batch + kLanes - 1) / kLanes, groups = std::max(1, std::min(blocks, 16));
  std::vector<StackLayer<Cell>> layers{};
  std::vector<Packed<1>> read{}, unread{};
  const ptrdiff_t read_stride = odd_lines(s.outputs());
  ptrdiff_t sum_floats = 0, read_at = 0, longest = 0, work_floats = 0;
  int widest = 0;
  double share_of_term = 0;
  mutable std::vector<double> losses = std::vector<double>(groups);
};
