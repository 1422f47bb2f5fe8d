// How likely an observation is in each state, and what is summed up over observations.
#pragma once

#include <cmath>
#include <vector>

#include "functions.h"
#include "model.h"
#include "rows.h"

// Steps that are worked on together, so that what they need stays in the nearest memory.
constexpr int kChunk = 64;

// Asks for so many numbers to be brought near, before they are read.
template <class Number>
inline void ask_for(const Number* from, int64_t count) {
  for (int64_t n = 0; n < count; n += 64 / sizeof(Number)) __builtin_prefetch(from + n);
}

// The source of scores, its rows filled up; of a table the probabilities over the largest of each
// row, and the logarithm of that.
template <int kWidth>
struct Source {
  std::vector<double> rows, most;

  explicit Source(const HiddenMarkov& m) {
    const int64_t count = m.ids ? m.kinds : m.values ? 3 * m.channels : 0;
    rows.resize(count * kWidth);
    for (int64_t n = 0; n < count; ++n) {
      double* row = rows.data() + n * kWidth;
      const double* given = (m.ids ? m.table : m.normal) + n * m.states;
      const auto wide = spread<kWidth>(m.states, given, m.ids || n % 3 == 2 ? kNone : 0.0);
      wide.store(row);
      if (!m.ids) continue;
      most.push_back(largest_of(wide)[0]);
      for (int k = 0; k < kWidth; ++k)
        row[k] = most[n] > kNone ? exp_of_negative(row[k] - most[n]) : 0.0;
    }
  }
};

// Rows of 0 where there are states, and of -∞ beyond.
template <int kWidth>
inline Row<kWidth> possible_states(int64_t states) {
  const double zeros[kWidth] = {};
  return spread<kWidth>(states, zeros, kNone);
}

// Adds the logarithm of a normal density; nothing where x is missing.
template <int kWidth>
inline void add_log_density(double x, const double* normal, Row<kWidth>& row) {
  using R = Row<kWidth>;
  if (std::isnan(x)) return;
  const R mean = R::load(normal), half = R::load(normal + kWidth);
  const R level = R::load(normal + 2 * kWidth);
  for (int n = 0; n < Lanes<kWidth>::kCount; ++n) {
    const auto off = x - mean.part[n];
    row.part[n] += level.part[n] - off * off * half.part[n];
  }
}

// Adds weights w, w·(x - μ) and w·(x - μ)²; nothing where x is missing.
template <int kWidth>
inline void add_moments(double x, const Row<kWidth>& mean, const Row<kWidth>& weight,
                        Row<kWidth> (&sums)[3]) {
  if (std::isnan(x)) return;
  for (int n = 0; n < Lanes<kWidth>::kCount; ++n) {
    const auto off = x - mean.part[n], weighted = weight.part[n] * off;
    sums[0].part[n] += weight.part[n];
    sums[1].part[n] += weighted;
    sums[2].part[n] += weighted * off;
  }
}

// p(x_t | state) over that of the likeliest state, of a chunk of steps, and the logarithm of that.
template <int kWidth>
struct Likelihoods {
  using R = Row<kWidth>;
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  alignas(64) double rows[(kChunk + 1) * kWidth] = {};
  double most[kChunk];
  const int32_t* ids = nullptr;  // those of the chunk
  const double* table;

  Likelihoods(const HiddenMarkov& model, const Source<kWidth>& from) :
      m(model), source(from), table(from.rows.data()) {}

  // Of `count` steps; false where one is impossible.
  bool make(int64_t from, int count) {
    if (m.ids)
      look_up(from, count);
    else
      compute(from, count);
    bool possible = true;
    for (int t = 0; t < count; ++t) possible = possible && most[t] > kNone;
    return possible;
  }

  void ask_for_steps(int64_t from, int64_t count) const {
    if (m.ids)
      ask_for(m.ids + from, count);
    else if (m.values)
      ask_for(m.values + from * m.channels, count * m.channels);
    else
      ask_for(m.scores + from * m.states, count * m.states);
  }

  R at(int t) const { return R::load(ids ? table + ids[t] * kWidth : rows + t * kWidth); }

 private:
  void look_up(int64_t from, int count) {
    ids = m.ids + from;
    for (int t = 0; t < count; ++t) most[t] = source.most[ids[t]];
  }

  void compute(int64_t from, int count) {
    if (m.values)
      densities(m.values + from * m.channels, m.channels, count);
    else
      for (int t = 0; t < count; ++t)
        divide(spread<kWidth>(m.states, m.scores + (from + t) * m.states, kNone), t);
    for (int k = 0; k < count * kWidth; k += kWidest) {
      Row<kWidest> wide = Row<kWidest>::load(rows + k);
      wide.part[0] = exp_of_negative(wide.part[0]);
      wide.store(rows + k);
    }
  }

  // By the largest of a row of logarithms.
  void divide(R row, int t) {
    const auto largest = largest_of(row);
    most[t] = largest[0];
    for (auto& part : row.part) part -= largest;
    row.store(rows + t * kWidth);
  }

  // log p(x_t | state) of channels that are normal.
  void densities(const double* x, int64_t channels, int count) {
    const R possible = possible_states<kWidth>(m.states);
    for (int t = 0; t < count; ++t, x += channels) {
      R row = possible;
      for (int64_t c = 0; c < channels; ++c) add_log_density(x[c], table + c * 3 * kWidth, row);
      divide(row, t);
    }
  }
};

// Adds to `sums` what the source wants of `count` steps with these probabilities of the states.
template <int kWidth>
void count_emitted(const HiddenMarkov& m, const Source<kWidth>& source, int64_t from, int count,
                   const double* smoothed, double* sums) {
  using R = Row<kWidth>;
  for (int t = 0; t < count && m.ids; ++t) {
    double* of_token = sums + m.ids[from + t] * kWidth;
    R sum = R::load(of_token);
    sum += R::load(smoothed + t * kWidth);
    sum.store(of_token);
  }
  for (int64_t c = 0; c < m.channels; ++c) {
    double* of_channel = sums + c * 3 * kWidth;
    const R mean = R::load(source.rows.data() + c * 3 * kWidth);
    R all[3];
    for (int n = 0; n < 3; ++n) all[n] = R::load(of_channel + n * kWidth);
    for (int t = 0; t < count; ++t)
      add_moments(m.values[(from + t) * m.channels + c], mean,
                  R::load(smoothed + t * kWidth), all);
    for (int n = 0; n < 3; ++n) all[n].store(of_channel + n * kWidth);
  }
}
