// Forward-backward for few states where only sums are wanted: all that belongs to a step stays in
// registers, so that the rest of its work is done while one step waits for the step before it.
#pragma once

#include "pass.h"

// Likelihoods of steps, and what is summed up over them: of tokens.
template <int kWidth>
struct OfTokens {
  using R = Row<kWidth>;
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  double* sums;
  double highest = 0.0;  // the sum of the logarithms by whose powers likelihoods are divided

  void prepare(int64_t, int) {}

  R at(int64_t begin, int t) {
    const int64_t token = m.ids[begin + t];
    highest += source.most[token];
    return R::load(source.rows.data() + token * kWidth);
  }

  void count(int64_t step, const R& smoothed) {
    double* of_token = sums + m.ids[step] * kWidth;
    R sum = R::load(of_token);
    sum += smoothed;
    sum.store(of_token);
  }
};

// Of numbers.
template <int kWidth>
struct OfNumbers {
  using R = Row<kWidth>;
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  double* sums;
  Likelihoods<kWidth>& likelihoods;
  double highest = 0.0;

  void prepare(int64_t begin, int count) {
    likelihoods.make(begin, count);
    for (int t = 0; t < count; ++t) highest += likelihoods.most[t];
  }

  R at(int64_t, int t) const { return R::load(likelihoods.rows + t * kWidth); }

  void count(int64_t step, const R& smoothed) {
    const double* x = m.values + step * m.channels;
    for (int64_t c = 0; c < m.channels; ++c) {
      double* of_channel = sums + c * 3 * kWidth;
      R all[3];
      for (int n = 0; n < 3; ++n) all[n] = R::load(of_channel + n * kWidth);
      add_moments(x[c], R::load(source.rows.data() + c * 3 * kWidth), smoothed, all);
      for (int n = 0; n < 3; ++n) all[n].store(of_channel + n * kWidth);
    }
  }
};

// As `Pass`, for sums. `own` is multiplied after each step by the power of two that brings its sum
// near 1: no digit is lost, and the logarithm is a whole number of doublings.
template <int kWidth, bool kAhead>
struct FewPass {
  using R = Row<kWidth>;
  using Vector = typename R::Vector;
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  std::vector<double> matrix, pairs, emitted;
  Likelihoods<kWidth> likelihoods;
  double log_likelihood = 0.0;
  R message, before;
  double smoothed[kWidth];  // of the step that was done last

  FewPass(const HiddenMarkov& model, const Source<kWidth>& from)
      : m(model), source(from), matrix(transitions<kWidth>(model, kAhead)),
        pairs(kWidth * kWidth), emitted(from.rows.size()), likelihoods(model, from) {}

  void begin() {
    message = kAhead ? spread<kWidth>(m.states, m.start, 0.0) : R::filled(1.0);
    before = R{};
  }

  bool alone(int64_t from, int64_t to, const Kept& kept) { return along<false>(from, to, kept); }

  bool meeting(int64_t from, int64_t to, const Kept& kept) {
    if (!kAhead) before = R{};  // the pair of states where both passes begin is counted ahead
    return along<true>(from, to, kept);
  }

 private:
  template <bool kMeeting>
  bool along(int64_t from, int64_t to, const Kept& kept) {
    double* sums = emitted.data();
    return m.ids ? steps<kMeeting>(from, to, kept, OfTokens<kWidth>{m, source, sums})
                 : steps<kMeeting>(from, to, kept, OfNumbers<kWidth>{m, source, sums, likelihoods});
  }

  template <bool kMeeting, class Emissions>
  [[gnu::flatten]] bool steps(int64_t from, int64_t to, const Kept& kept, Emissions&& emissions) {
    const Matrix<kWidth> transition(matrix.data());
    R counted[kWidth], now = before, next = message, both{};
    for (int i = 0; i < kWidth; ++i) counted[i] = R::load(pairs.data() + i * kWidth);
    Each<kWidth> each(before);
    Vector total = R::filled(1.0).part[0], power = total;
    typename Whole<Vector>::Type doublings{};
    for (int64_t done = 0; done < to - from; done += kChunk) {
      const int count = int(std::min<int64_t>(kChunk, to - from - done));
      const int64_t begin = kAhead ? from + done : to - done - count;
      emissions.prepare(begin, count);
      for (int n = 0; n < count; ++n) {
        const int t = kAhead ? n : count - 1 - n;
        if constexpr (kMeeting) {
          R weight = R::load(kept.at(begin + t));
          both = next;
          both *= weight;
          const Vector sum = total_of(both);
          if (!(sum[0] > kVanished)) return false;
          const Vector inverse = 1.0 / sum;
          weight *= inverse;
          both *= inverse;
          for (int i = 0; i < kWidth; ++i) counted[i].add(each[i], weight);
          emissions.count(begin + t, both);
        }
        now = emissions.at(begin, t);
        now *= power;
        now *= next;
        total = total_of(now);
        if (!(total[0] > kVanished)) return false;
        power = power_to_one(total, doublings);
        if constexpr (!kMeeting) now.store(kept.at(begin + t));
        each = Each<kWidth>(now);
        next = transition.after(each);
      }
    }
    for (int i = 0; i < kWidth; ++i) counted[i].store(pairs.data() + i * kWidth);
    both.store(smoothed);
    log_likelihood += emissions.highest + double(doublings[0]) * std::log(2.0);
    log_likelihood += std::log(total[0] * power[0]);
    before = now, message = next;
    before *= 1.0 / total[0];
    message *= 1.0 / total[0];
    return true;
  }
};
