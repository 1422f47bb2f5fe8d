// Hidden Markov models over many sequences at once: forward-backward with scaling (Rabiner 1989)
// and Viterbi, in double precision.
#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

// Sequences one after the other in flat arrays: sequence s has the steps offsets[s] …
// offsets[s + 1] - 1. scores[t][k] is log p(x_t | state k); start and transition are probabilities
// for the sums, logarithms for the best path. Without a posterior only the forward pass runs.
struct HiddenMarkov {
  const double* scores;
  const int64_t* offsets;
  int64_t sequences, states;
  const double *start, *transition;
  double *posterior, *log_likelihood, *steps, *first;
  int32_t* path;
  double* highest;
};

// Below this a step's sum has lost digits; whoever called does such a sequence again in log space.
constexpr double kVanished = 1e-280;

// eˣ for x ≤ 0 to the last digit or two, in a form that the compiler turns into vector code:
// x = n·log 2 + r, eʳ by its series, 2ⁿ by the exponent's bits. 0 below -708.
inline double exp_of_negative(double x) {
  const double held = x < -708.0 ? -708.0 : x;
  const double shifted = held * 1.4426950408889634 + 6755399441055744.0;  // 1.5·2⁵²: rounds
  const double n = shifted - 6755399441055744.0;
  const double r = (held - n * 0.69314718036912382) - n * 1.9082149292705877e-10;
  double p = 1.0 / 6227020800.0 * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  int64_t bits;
  std::memcpy(&bits, &shifted, 8);
  bits = int64_t(uint64_t(bits) << 52) + (int64_t(1023) << 52);
  double power;
  std::memcpy(&power, &bits, 8);
  return x < -708.0 ? 0.0 : p * power;
}

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

// Calls work(0) … work(count - 1), each once, on so many threads, this one included.
template <class Work>
void on_threads(int threads, int64_t count, const Work& work) {
  std::atomic<int64_t> next{0};
  auto take_part = [&] {
    for (int64_t k; (k = next.fetch_add(1)) < count;) work(k);
  };
  std::vector<std::thread> helpers;
  for (int64_t k = 1; k < std::min<int64_t>(threads, count); ++k) helpers.emplace_back(take_part);
  take_part();
  for (auto& helper : helpers) helper.join();
}

// What one block adds up: expected steps from state to state (without the factor of the
// transition), and expected first states.
struct Sums {
  std::vector<double> steps, first;
};

constexpr double kNone = -std::numeric_limits<double>::infinity();

template <int kWidth>
double largest_of(const double* x) {
  if constexpr (kWidth == 1) {
    return x[0];
  } else {
    double half[kWidth / 2];
    for (int k = 0; k < kWidth / 2; ++k)
      half[k] = x[k] > x[k + kWidth / 2] ? x[k] : x[k + kWidth / 2];
    return largest_of<kWidth / 2>(half);
  }
}

// The sum by halves, which are as many additions side by side as a vector has lanes.
template <int kWidth>
double sum_of(const double* x) {
  if constexpr (kWidth == 1) {
    return x[0];
  } else {
    double half[kWidth / 2];
    for (int k = 0; k < kWidth / 2; ++k) half[k] = x[k] + x[k + kWidth / 2];
    return sum_of<kWidth / 2>(half);
  }
}

// y = x M for a row x: two sums side by side, so that one does not wait for the other.
template <int kWidth>
inline void product(const double* x, const double* matrix, double* y) {
  double even[kWidth] = {}, odd[kWidth] = {};
#pragma GCC unroll 64
  for (int i = 0; i < kWidth; i += 2) {
    for (int j = 0; j < kWidth; ++j) even[j] += x[i] * matrix[i * kWidth + j];
    for (int j = 0; j < kWidth; ++j) odd[j] += x[i + 1] * matrix[(i + 1) * kWidth + j];
  }
  for (int j = 0; j < kWidth; ++j) y[j] = even[j] + odd[j];
}

// One block of sequences. kWidth is the number of states, filled up with impossible ones.
template <int kWidth>
struct ForwardBackward {
  const HiddenMarkov& m;
  std::vector<double> ahead, back;  // transition, and its transpose
  std::vector<double> shares;       // p(x_t | state) over the step's sum, of one sequence
  Sums sums;

  explicit ForwardBackward(const HiddenMarkov& model) : m(model) {
    ahead.assign(kWidth * kWidth, 0.0);
    back.assign(kWidth * kWidth, 0.0);
    for (int64_t i = 0; i < m.states; ++i)
      for (int64_t j = 0; j < m.states; ++j)
        ahead[i * kWidth + j] = back[j * kWidth + i] = m.transition[i * m.states + j];
    sums.steps.assign(kWidth * kWidth, 0.0);
    sums.first.assign(kWidth, 0.0);
  }

  // Filtered probabilities into the posterior's place; false where they vanished.
  bool forward(int64_t from, int64_t to) {
    const int64_t states = m.states;
    alignas(64) double before[kWidth] = {}, now[kWidth] = {}, score[kWidth];
    for (int64_t t = from; t < to; ++t) {
      const double* row = m.scores + t * states;
      for (int k = 0; k < kWidth; ++k) score[k] = k < states ? row[k] : kNone;
      const double most = largest_of<kWidth>(score);
      if (!(most > kNone)) return false;
      for (int k = 0; k < kWidth; ++k) score[k] = exp_of_negative(score[k] - most);
      if (t == from) {
        for (int64_t k = 0; k < states; ++k) now[k] = m.start[k];
      } else {
        product<kWidth>(before, ahead.data(), now);
      }
      for (int j = 0; j < kWidth; ++j) now[j] *= score[j];
      const double sum = sum_of<kWidth>(now);
      if (!(sum > kVanished)) return false;
      const double scale = 1.0 / sum;
      for (int j = 0; j < kWidth; ++j) before[j] = now[j] * scale;
      m.log_likelihood[t] = std::log(sum) + most;
      if (m.posterior) {
        for (int64_t k = 0; k < states; ++k) m.posterior[t * states + k] = before[k];
        double* share = shares.data() + (t - from) * kWidth;
        for (int j = 0; j < kWidth; ++j) share[j] = score[j] * scale;
      }
    }
    return true;
  }

  // From filtered to smoothed probabilities, counting steps on the way.
  void backward(int64_t from, int64_t to) {
    const int64_t states = m.states;
    alignas(64) double behind[kWidth], weight[kWidth], earlier[kWidth], filtered[kWidth];
    for (int k = 0; k < kWidth; ++k) behind[k] = 1.0;
    double* __restrict steps = sums.steps.data();
    for (int64_t t = to - 1; t > from; --t) {
      const double* share = shares.data() + (t - from) * kWidth;
      double* row = m.posterior + (t - 1) * states;
      for (int j = 0; j < kWidth; ++j) weight[j] = share[j] * behind[j];
      product<kWidth>(weight, back.data(), earlier);
      for (int i = 0; i < kWidth; ++i) filtered[i] = i < states ? row[i] : 0.0;
#pragma GCC unroll 64
      for (int i = 0; i < kWidth; ++i)
        for (int j = 0; j < kWidth; ++j) steps[i * kWidth + j] += filtered[i] * weight[j];
      for (int64_t i = 0; i < states; ++i) row[i] = filtered[i] * earlier[i];
      for (int i = 0; i < kWidth; ++i) behind[i] = earlier[i];
    }
    for (int64_t k = 0; k < states; ++k) sums.first[k] += m.posterior[from * states + k];
  }

  void run(int64_t first_sequence, int64_t last_sequence) {
    int64_t longest = 0;
    for (int64_t s = first_sequence; s < last_sequence; ++s)
      longest = std::max(longest, m.offsets[s + 1] - m.offsets[s]);
    if (m.posterior) shares.resize(longest * kWidth);
    for (int64_t s = first_sequence; s < last_sequence; ++s) {
      const int64_t from = m.offsets[s], to = m.offsets[s + 1];
      if (from == to) continue;
      if (!forward(from, to)) {
        m.log_likelihood[from] = std::numeric_limits<double>::quiet_NaN();  // again, in log space
        continue;
      }
      if (m.posterior) backward(from, to);
    }
  }
};

template <int kWidth>
void forward_backward(const HiddenMarkov& m, int threads) {
  const std::vector<int64_t> ends = blocks_of(m);
  const int64_t count = int64_t(ends.size()) - 1;
  std::vector<Sums> parts(count);
  on_threads(threads, count, [&](int64_t k) {
    ForwardBackward<kWidth> block(m);
    block.run(ends[k], ends[k + 1]);
    parts[k] = std::move(block.sums);
  });
  if (!m.posterior) return;
  for (int64_t i = 0; i < m.states; ++i) {
    double first = 0.0;
    for (const Sums& part : parts) first += part.first[i];
    m.first[i] = first;
    for (int64_t j = 0; j < m.states; ++j) {
      double sum = 0.0;
      for (const Sums& part : parts) sum += part.steps[i * kWidth + j];
      m.steps[i * m.states + j] = sum * m.transition[i * m.states + j];
    }
  }
}

// The most probable path of every sequence (of equal ones, the first) and its log probability.
inline void best_paths(const HiddenMarkov& m, int threads) {
  const std::vector<int64_t> ends = blocks_of(m);
  const int64_t states = m.states;
  on_threads(threads, int64_t(ends.size()) - 1, [&](int64_t block) {
    std::vector<double> best(states), next(states);
    std::vector<int64_t> from_state(states);
    std::vector<uint16_t> came;
    for (int64_t s = ends[block]; s < ends[block + 1]; ++s) {
      const int64_t from = m.offsets[s], steps = m.offsets[s + 1] - from;
      m.highest[s] = 0.0;
      if (!steps) continue;
      came.resize(steps * states);
      for (int64_t k = 0; k < states; ++k) best[k] = m.start[k] + m.scores[from * states + k];
      for (int64_t t = 1; t < steps; ++t) {
        for (int64_t j = 0; j < states; ++j) {
          next[j] = best[0] + m.transition[j];
          from_state[j] = 0;
        }
        for (int64_t i = 1; i < states; ++i) {
          const double held = best[i];
          const double* row = m.transition + i * states;
          for (int64_t j = 0; j < states; ++j) {
            const double through = held + row[j];
            from_state[j] = through > next[j] ? i : from_state[j];
            next[j] = through > next[j] ? through : next[j];
          }
        }
        const double* score = m.scores + (from + t) * states;
        for (int64_t j = 0; j < states; ++j) {
          best[j] = next[j] + score[j];
          came[t * states + j] = uint16_t(from_state[j]);
        }
      }
      int64_t at = std::max_element(best.begin(), best.end()) - best.begin();
      m.highest[s] = best[at];
      for (int64_t t = steps - 1; t >= 0; --t) {
        m.path[from + t] = int32_t(at);
        if (t) at = came[t * states + at];
      }
    }
  });
}
