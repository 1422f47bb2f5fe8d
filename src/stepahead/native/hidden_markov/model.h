// What the kernels of hidden Markov models read and write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "threads.h"

// Sequences one after the other in flat arrays: sequence s has the steps offsets[s] …
// offsets[s + 1] - 1. scores[t][k] is log p(x_t | state k); start and transition are probabilities
// for the sums, logarithms for the best path. Without a posterior only the forward pass runs.
//
// Instead of scores and a posterior there may be a source of scores of which only `sums` over the
// steps are wanted, so that nothing of the length of the data but themselves is read or written:
// - the token `ids`, and log p(token | state) in `table`: the sums are how often each state is
//   expected to have emitted each token;
// - `values` of `channels` that are normal and independent given the state, NaN where missing, and
//   in `normal` for each channel a row of means μ, of 1 / 2σ² and of -log σ - ½ log 2π over the
//   states: the sums are those of weights w, of w·(x - μ) and of w·(x - μ)², in the same order.
struct HiddenMarkov {
  const double* scores;
  const int64_t* offsets;
  int64_t sequences, states;
  const double *start, *transition;
  double *posterior, *log_likelihood, *steps, *first;
  int32_t* path;
  double* highest;
  const int32_t* ids;
  const double* table;
  int64_t kinds;
  const double *values, *normal;
  int64_t channels;
  double* sums;
};

// The logarithm of no probability at all.
constexpr double kNone = -std::numeric_limits<double>::infinity();

// The sequences are cut into this many blocks at most, wherever they run: what a block sums up and
// the order in which blocks are added do not depend on the number of threads.
constexpr int64_t kBlocks = 64;

inline std::vector<int64_t> blocks_of(const HiddenMarkov& m) {
  const int64_t wanted = std::min(kBlocks, m.sequences), total = m.offsets[m.sequences];
  std::vector<int64_t> ends{0};
  for (int64_t s = 0; s < m.sequences; ++s) {
    const bool full = m.offsets[s + 1] * wanted >= total * int64_t(ends.size());
    if (full || s + 1 == m.sequences) ends.push_back(s + 1);
  }
  return ends;
}
