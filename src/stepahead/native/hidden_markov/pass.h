// One direction of forward-backward over a sequence (Rabiner 1989), in double precision.
#pragma once

#include "source.h"

// Below this a step's sum has lost digits; whoever called does such a sequence again in log space.
constexpr double kVanished = 1e-280;

// Rows are scaled to sum to 1 every so many steps, and at once below kLow: the division is not
// waited for at every step.
constexpr int kRescaled = 8;
constexpr double kLow = 1e-100;

// A row for every step of a sequence.
struct Kept {
  double* rows;
  int64_t width;

  double* at(int64_t step) const { return rows + step * width; }
};

// Transitions as a pass takes them: of states ahead, or their transpose.
template <int kWidth>
std::vector<double> transitions(const HiddenMarkov& m, bool ahead) {
  std::vector<double> matrix(kWidth * kWidth);
  for (int64_t i = 0; i < m.states; ++i)
    for (int64_t j = 0; j < m.states; ++j)
      matrix[ahead ? i * kWidth + j : j * kWidth + i] = m.transition[i * m.states + j];
  return matrix;
}

// From the first step on, or from the last step back. Both go the same way: a message of what was
// seen so far, about the state of the next step on the way, times the likelihoods there, is `own`;
// times the transitions it is the next message.
//
// Ahead the message begins as the probabilities of first states, `own` is the filtered
// probabilities but for a factor, and the message after it those of the next state. Back the
// message begins as 1 and is how likely all later observations are from a state; `own` has that of
// this step in it. Where the passes meet, the message of one times `own` of the other is the
// smoothed probabilities but for a factor, so it does not matter how either was scaled.
template <int kWidth, bool kAhead>
struct Pass {
  using R = Row<kWidth>;
  // Two more than there are steps in a chunk, also so that no two arrays lie a power of two apart.
  static constexpr int kRows = (kChunk + 2) * kWidth;
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  std::vector<double> matrix, pairs, emitted;
  Likelihoods<kWidth> likelihoods;
  double log_likelihood = 0.0;
  R message, before;  // before: `own` of the step before on the way
  double last;        // the sum of that
  // `own` of a chunk's steps, with that of the step before it in front or the step after it behind
  alignas(64) double own[kRows];
  alignas(64) double messages[kRows], weights[kRows], smoothed[kRows];
  double sum[kChunk], base[kChunk], scaled[kChunk];  // of `own`: its sum, that before, that after

  Pass(const HiddenMarkov& model, const Source<kWidth>& from)
      : m(model), source(from), matrix(transitions<kWidth>(model, kAhead)),
        pairs(kWidth * kWidth), emitted(model.sums ? from.rows.size() : 0),
        likelihoods(model, from) {}

  void begin() {
    message = kAhead ? spread<kWidth>(m.states, m.start, 0.0) : R::filled(1.0);
    before = R{};
    last = 1.0;
  }

  // Goes through the steps, keeps `own`, scaled to sum to 1; false where probabilities vanished.
  bool alone(int64_t from, int64_t to, const Kept& kept) {
    return through(from, to, [&](int64_t begin, int count) {
      if (!recur(begin, count, false)) return false;
      double scale[kChunk];
      for (int t = 0; t < count; ++t) scale[t] = 1.0 / scaled[t];
      for (int t = 0; kept.rows && t < count; ++t) {
        R row = R::load(own_at(t));
        row *= scale[t];
        narrow(kept.width, row, kept.at(begin + t));
      }
      return true;
    });
  }

  // Goes through the steps of which the other pass kept its rows: these become the smoothed
  // probabilities, if a posterior is wanted; counts pairs of states, and what the source wants.
  bool meeting(int64_t from, int64_t to, const Kept& kept) {
    if (!kAhead) before = R{};  // the pair of states where both passes begin is counted ahead
    return through(from, to, [&](int64_t begin, int count) {
      return recur(begin, count, true) && smooth(begin, count, kept);
    });
  }

 private:
  double* own_at(int t) { return own + (t + 1) * kWidth; }

  template <class Work>
  static bool through(int64_t from, int64_t to, const Work& work) {
    if (kAhead) {
      for (int64_t begin = from; begin < to; begin += kChunk)
        if (!work(begin, int(std::min<int64_t>(kChunk, to - begin)))) return false;
    } else {
      for (int64_t end = to; end > from; end -= kChunk) {
        const int64_t begin = std::max(from, end - kChunk);
        if (!work(begin, int(end - begin))) return false;
      }
    }
    return true;
  }

  bool recur(int64_t begin, int count, bool remember) {
    const int64_t further = kAhead ? begin + count : begin - kChunk;
    if (further >= 0) likelihoods.ask_for_steps(further, kChunk);
    if (!likelihoods.make(begin, count)) return false;
    before.store(kAhead ? own : own + (count + 1) * kWidth);
    const Matrix<kWidth> transition(matrix.data());
    R now = before, next = message;
    double left = last;
    for (int n = 0; n < count; ++n) {
      const int t = kAhead ? n : count - 1 - n;
      if (remember) next.store(messages + t * kWidth);
      now = next;
      now *= likelihoods.at(t);
      const double total = sum_of(now);
      if (!(total > kVanished)) return false;
      sum[t] = total;
      base[t] = left;
      left = total;
      if (n % kRescaled == kRescaled - 1 || total < kLow) {
        now *= 1.0 / total;
        left = 1.0;
      }
      scaled[t] = left;
      now.store(own_at(t));
      next = transition.after(Each<kWidth>(now));
    }
    before = now;
    message = next;
    last = left;
    if (kAhead) add_logs(begin, count);
    return true;
  }

  void add_logs(int64_t begin, int count) {
    double of_step[kChunk], *logs = m.sums ? of_step : m.log_likelihood + begin;
    for (int t = 0; t < count; ++t) logs[t] = log_of(sum[t] / base[t]) + likelihoods.most[t];
    for (int t = 0; m.sums && t < count; ++t) log_likelihood += logs[t];
  }

  bool smooth(int64_t begin, int count, const Kept& kept) {
    const int64_t further = kAhead ? begin + count : begin - kChunk;
    ask_for(kept.at(further), kChunk * kept.width);
    double inverse[kChunk];
    for (int t = 0; t < count; ++t) {
      const R weight = spread<kWidth>(kept.width, kept.at(begin + t), 0.0);
      R both = R::load(messages + t * kWidth);
      both *= weight;
      weight.store(weights + t * kWidth);
      both.store(smoothed + t * kWidth);
      inverse[t] = sum_of(both);
      if (!(inverse[t] > kVanished)) return false;
    }
    for (int t = 0; t < count; ++t) inverse[t] = 1.0 / inverse[t];
    for (int t = 0; t < count; ++t) {
      R row = R::load(smoothed + t * kWidth), weight = R::load(weights + t * kWidth);
      row *= inverse[t];
      weight *= inverse[t];
      row.store(smoothed + t * kWidth);
      weight.store(weights + t * kWidth);
      if (!m.sums) narrow(m.states, row, kept.at(begin + t));
    }
    count_pairs(count);
    if (m.sums)
      count_emitted<kWidth>(m, source, begin, count, smoothed, emitted.data());
    return true;
  }

  // Adds the products of `own` of the step before on the way and weights, four steps at a time, so
  // that a sum is read and written once for four.
  void count_pairs(int count) {
    const double* earlier = kAhead ? own : own + 2 * kWidth;
    int t = 0;
    for (; t + 4 <= count; t += 4) {
      const double *a = earlier + t * kWidth, *b = weights + t * kWidth;
      for (int i = 0; i < kWidth; ++i) {
        R sum = R::load(pairs.data() + i * kWidth);
        for (int n = 0; n < 4; ++n) sum.add(a[n * kWidth + i], R::load(b + n * kWidth));
        sum.store(pairs.data() + i * kWidth);
      }
    }
    for (; t < count; ++t)
      for (int i = 0; i < kWidth; ++i) {
        R sum = R::load(pairs.data() + i * kWidth);
        sum.add(earlier[t * kWidth + i], R::load(weights + t * kWidth));
        sum.store(pairs.data() + i * kWidth);
      }
  }
};
