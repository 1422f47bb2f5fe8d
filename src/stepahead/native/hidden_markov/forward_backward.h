// Forward-backward over many sequences at once.
#pragma once

#include <memory>

#include "few.h"

// From so many steps on a sequence is cut in the middle: one pass goes ahead to there while the
// other goes back to there, then each goes on over the half of the other. So two threads can share
// it. The arithmetic is the same if one thread does it all.
constexpr int64_t kLong = 1 << 14;

// One block of sequences. kWidth is the number of states, filled up with impossible ones.
template <int kWidth, template <int, bool> class Pass>
struct ForwardBackward {
  const HiddenMarkov& m;
  const bool shared;  // a thread is free to help with long sequences
  Pass<kWidth, true> ahead;
  Pass<kWidth, false> back;
  std::unique_ptr<double[]> kept;  // rows of one sequence, where no posterior takes them
  std::vector<double> first, pairs[2];
  bool vanished = false;

  ForwardBackward(const HiddenMarkov& model, const Source<kWidth>& source, bool help)
      : m(model), shared(help), ahead(model, source), back(model, source), first(kWidth) {}

  void run(int64_t first_sequence, int64_t last_sequence) {
    int64_t longest = 0;
    for (int64_t s = first_sequence; s < last_sequence; ++s)
      longest = std::max(longest, m.offsets[s + 1] - m.offsets[s]);
    if (m.sums) kept.reset(new double[longest * kWidth]);
    for (int64_t s = first_sequence; s < last_sequence; ++s) {
      const int64_t from = m.offsets[s], to = m.offsets[s + 1];
      if (from == to) continue;
      if (!m.sums) pairs[0] = ahead.pairs, pairs[1] = back.pairs;
      if (sequence(from, to)) continue;
      vanished = true;  // again, in log space
      if (m.sums) return;
      ahead.pairs = pairs[0], back.pairs = pairs[1];
      m.log_likelihood[from] = std::numeric_limits<double>::quiet_NaN();
    }
  }

 private:
  // False where probabilities vanished.
  bool sequence(int64_t from, int64_t to) {
    const bool smoothed = m.posterior || m.sums;
    const int64_t middle = smoothed && to - from >= kLong ? from + (to - from) / 2 : to;
    const Kept rows = m.sums ? Kept{kept.get() - from * kWidth, kWidth}
                             : Kept{m.posterior, m.states};
    ahead.begin();
    back.begin();
    const bool help = shared && middle < to;
    if (!both([&] { return ahead.alone(from, middle, rows); },
              [&] { return back.alone(middle, to, rows); }, help))
      return false;
    if (!smoothed) return true;
    if (!both([&] { return back.meeting(from, middle, rows); },
              [&] { return ahead.meeting(middle, to, rows); }, help))
      return false;
    for (int64_t k = 0; k < m.states; ++k) first[k] += back.smoothed[k];
    return true;
  }

  template <class One, class Other>
  static bool both(const One& one, const Other& other, bool help) {
    if (!help) return one() && other();
    bool fine = true;
    std::thread helper([&] { fine = other(); });
    const bool mine = one();
    helper.join();
    return mine && fine;
  }
};

// False where probabilities vanished: then sums over the steps are worth nothing.
template <int kWidth, template <int, bool> class Pass>
bool by_blocks(const HiddenMarkov& m, int threads) {
  const std::vector<int64_t> ends = blocks_of(m);
  const int64_t count = int64_t(ends.size()) - 1, width = kWidth;
  const Source<kWidth> source(m);
  std::vector<std::unique_ptr<ForwardBackward<kWidth, Pass>>> blocks(count);
  on_threads(threads, count, [&](int64_t k) {
    blocks[k] = std::make_unique<ForwardBackward<kWidth, Pass>>(m, source, count < threads);
    blocks[k]->run(ends[k], ends[k + 1]);
    blocks[k]->kept.reset();
  });
  bool fine = true;
  for (const auto& block : blocks) fine = fine && !block->vanished;
  if (m.sums) {
    *m.log_likelihood = 0.0;
    for (const auto& block : blocks) *m.log_likelihood += block->ahead.log_likelihood;
    for (int64_t n = 0; n < int64_t(source.rows.size()) / width; ++n)
      for (int64_t k = 0; k < m.states; ++k) {
        double sum = 0.0;
        for (const auto& block : blocks)
          sum += block->ahead.emitted[n * width + k] + block->back.emitted[n * width + k];
        m.sums[n * m.states + k] = sum;
      }
  }
  if (!m.posterior && !m.sums) return fine;
  for (int64_t i = 0; i < m.states; ++i) {
    m.first[i] = 0.0;
    for (const auto& block : blocks) m.first[i] += block->first[i];
    for (int64_t j = 0; j < m.states; ++j) {
      double sum = 0.0;
      for (const auto& block : blocks)
        sum += block->ahead.pairs[i * width + j] + block->back.pairs[j * width + i];
      m.steps[i * m.states + j] = sum * m.transition[i * m.states + j];
    }
  }
  return fine;
}

template <int kWidth>
bool forward_backward(const HiddenMarkov& m, int threads) {
  if constexpr (kWidth <= 4)
    if (m.sums) return by_blocks<kWidth, FewPass>(m, threads);
  return by_blocks<kWidth, Pass>(m, threads);
}
