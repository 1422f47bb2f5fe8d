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

// log x for x > 0 to the last digit or two, in a form that the compiler turns into vector code:
// x = 2ⁿ·m with m from √½ to √2, log m = 2·artanh((m - 1)/(m + 1)) by its series.
inline double log_of(double x) {
  int64_t bits;
  std::memcpy(&bits, &x, 8);
  const int64_t shifted = bits - 0x3fe6a09e667f3bcd;  // the bits of √½
  const int64_t whole = int64_t(uint64_t(shifted) & 0xfff0000000000000);
  const int64_t rest = bits - whole;
  double m;
  std::memcpy(&m, &rest, 8);
  // n to a double without an instruction that only some processors have for vectors
  const int64_t biased = int64_t(uint64_t(shifted + (int64_t(1) << 62)) >> 52);
  const int64_t magic = biased + 0x4330000000000000;  // 2⁵² + biased
  double n;
  std::memcpy(&n, &magic, 8);
  n -= 4503599627370496.0 + 1024.0;
  const double f = (m - 1.0) / (m + 1.0), g = f * f;
  double p = 2.0 / 21.0 * g + 2.0 / 19.0;
  p = p * g + 2.0 / 17.0;
  p = p * g + 2.0 / 15.0;
  p = p * g + 2.0 / 13.0;
  p = p * g + 2.0 / 11.0;
  p = p * g + 2.0 / 9.0;
  p = p * g + 2.0 / 7.0;
  p = p * g + 2.0 / 5.0;
  p = p * g + 2.0 / 3.0;
  const double low = n * 1.9082149292705877e-10 + f * g * p;
  return n * 0.69314718036912382 + (2.0 * f + low);
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

#if defined(__AVX512F__)
constexpr int kWidest = 8;
#elif defined(__AVX__)
constexpr int kWidest = 4;
#else
constexpr int kWidest = 2;
#endif

// As many numbers as a vector of the processor holds, or all states where they are fewer.
template <int kWidth>
struct Lanes {
  static constexpr int kLanes = kWidth < kWidest ? kWidth : kWidest, kCount = kWidth / kLanes;
  typedef double Vector __attribute__((vector_size(kLanes * 8)));

  static Vector load(const double* from) {
    Vector v;
    std::memcpy(&v, from, sizeof v);
    return v;
  }
};

// The sum by halves, which are as many additions side by side as a vector has lanes.
template <int kWidth>
double sum_of(const double* x) {
  using L = Lanes<kWidth>;
  if constexpr (kWidth == 1) {
    return x[0];
  } else if constexpr (L::kCount > 1) {
    typename L::Vector sum = L::load(x);
    for (int n = 1; n < L::kCount; ++n) sum += L::load(x + n * L::kLanes);
    double lanes[L::kLanes];
    std::memcpy(lanes, &sum, sizeof sum);
    return sum_of<L::kLanes>(lanes);
  } else {
    double half[kWidth / 2];
    for (int k = 0; k < kWidth / 2; ++k) half[k] = x[k] + x[k + kWidth / 2];
    return sum_of<kWidth / 2>(half);
  }
}

// y = x M for a row x: several sums side by side, so that one does not wait for the other. In
// vectors by name, as compilers find them in some widths only.
template <int kWidth>
inline void product(const double* x, const double* matrix, double* y) {
  using L = Lanes<kWidth>;
  constexpr int kSums = kWidth < 32 ? 4 : 2;
  typename L::Vector part[kSums < kWidth ? kSums : kWidth][L::kCount] = {};
#pragma GCC unroll 64
  for (int i = 0; i < kWidth; ++i)
#pragma GCC unroll 8
    for (int n = 0; n < L::kCount; ++n)
      part[i % kSums][n] += x[i] * L::load(matrix + i * kWidth + n * L::kLanes);
#pragma GCC unroll 8
  for (int n = 0; n < L::kCount; ++n) {
    typename L::Vector sum = part[0][n] + part[1][n];
    if constexpr (kSums == 4 && kWidth > 2) sum += part[2][n] + part[3][n];
    std::memcpy(y + n * L::kLanes, &sum, sizeof sum);
  }
}

// Steps that are worked on together, so that what they need stays in the nearest memory.
constexpr int kChunk = 64;

// Filtered probabilities are scaled to sum to 1 every so many steps, and at once below kLow: the
// division is not waited for at every step.
constexpr int kRescaled = 8;
constexpr double kLow = 1e-100;

// One block of sequences. kWidth is the number of states, filled up with impossible ones.
template <int kWidth>
struct ForwardBackward {
  const HiddenMarkov& m;
  std::vector<double> ahead, back;  // transition, and its transpose
  std::vector<double> inverse;      // 1 over p(x_t | x_1 … x_{t-1}) over that of its likeliest state
  Sums sums;
  alignas(64) double likelihood[kChunk * kWidth], held[kChunk * kWidth], weight[kChunk * kWidth];
  double most[kChunk], sum[kChunk], base[kChunk];

  explicit ForwardBackward(const HiddenMarkov& model) : m(model) {
    ahead.assign(kWidth * kWidth, 0.0);
    back.assign(kWidth * kWidth, 0.0);
    for (int64_t i = 0; i < m.states; ++i)
      for (int64_t j = 0; j < m.states; ++j)
        ahead[i * kWidth + j] = back[j * kWidth + i] = m.transition[i * m.states + j];
    sums.steps.assign(kWidth * kWidth, 0.0);
    sums.first.assign(kWidth, 0.0);
  }

  // p(x_t | state) over that of the likeliest state, of count steps; false where none is possible.
  bool likelihoods(int64_t from, int count) {
    const double* scores = m.scores + from * m.states;
    for (int t = 0; t < count; ++t) {
      double* row = likelihood + t * kWidth;
      spread(scores + t * m.states, row, kNone);
      most[t] = largest_of<kWidth>(row);
      for (int k = 0; k < kWidth; ++k) row[k] -= most[t];
    }
    for (int k = 0; k < count * kWidth; ++k) likelihood[k] = exp_of_negative(likelihood[k]);
    bool possible = true;
    for (int t = 0; t < count; ++t) possible = possible && most[t] > kNone;
    return possible;
  }

  // A row of as many numbers as there are states, filled up.
  void spread(const double* row, double* wide, double rest) const {
    if (m.states == kWidth) {
      for (int k = 0; k < kWidth; ++k) wide[k] = row[k];
    } else {
      for (int k = 0; k < kWidth; ++k) wide[k] = k < m.states ? row[k] : rest;
    }
  }

  void narrow(const double* wide, double* row) const {
    if (m.states == kWidth) {
      for (int k = 0; k < kWidth; ++k) row[k] = wide[k];
    } else {
      for (int64_t k = 0; k < m.states; ++k) row[k] = wide[k];
    }
  }

  // Filtered probabilities into the posterior's place; false where they vanished.
  bool forward(int64_t from, int64_t to) {
    alignas(64) double before[kWidth] = {}, now[kWidth];
    double last = 1.0;  // the sum of `before`
    for (int64_t begin = from; begin < to; begin += kChunk) {
      const int count = int(std::min<int64_t>(kChunk, to - begin));
      if (!likelihoods(begin, count)) return false;
      for (int t = 0; t < count; ++t) {
        if (begin + t == from)
          spread(m.start, now, 0.0);
        else
          product<kWidth>(before, ahead.data(), now);
        const double* row = likelihood + t * kWidth;
        for (int j = 0; j < kWidth; ++j) before[j] = now[j] * row[j];
        const double total = sum_of<kWidth>(before);
        if (!(total > kVanished)) return false;
        for (int j = 0; j < kWidth; ++j) held[t * kWidth + j] = before[j];
        sum[t] = total;
        base[t] = last;
        last = total;
        if (t % kRescaled == kRescaled - 1 || total < kLow) {
          const double scale = 1.0 / total;
          for (int j = 0; j < kWidth; ++j) before[j] *= scale;
          last = 1.0;
        }
      }
      double* log_likelihood = m.log_likelihood + begin;
      for (int t = 0; t < count; ++t) log_likelihood[t] = log_of(sum[t] / base[t]) + most[t];
      if (!m.posterior) continue;
      for (int t = 0; t < count; ++t) inverse[begin - from + t] = base[t] / sum[t];
      for (int t = 0; t < count; ++t) {
        const double scale = 1.0 / sum[t];
        double* row = held + t * kWidth;
        for (int j = 0; j < kWidth; ++j) row[j] *= scale;
        narrow(row, m.posterior + (begin + t) * m.states);
      }
    }
    return true;
  }

  // From filtered to smoothed probabilities, counting steps on the way. The likelihoods are made
  // anew: that takes less time than to write them down and to read them again.
  void backward(int64_t from, int64_t to) {
    alignas(64) double behind[kWidth], earlier[kWidth];
    for (int k = 0; k < kWidth; ++k) behind[k] = 1.0;
    for (int64_t end = to; end > from + 1;) {
      const int64_t begin = std::max(from + 1, end - kChunk);
      const int count = int(end - begin);
      likelihoods(begin, count);
      for (int t = count - 1; t >= 0; --t) {
        const double scale = inverse[begin + t - from];
        const double* row = likelihood + t * kWidth;
        double* one = weight + t * kWidth;
        for (int j = 0; j < kWidth; ++j) one[j] = row[j] * scale * behind[j];
        product<kWidth>(one, back.data(), behind);
        double* filtered = m.posterior + (begin + t - 1) * m.states;
        spread(filtered, held + t * kWidth, 0.0);
        for (int i = 0; i < kWidth; ++i) earlier[i] = held[t * kWidth + i] * behind[i];
        narrow(earlier, filtered);
      }
      count_steps(count);
      end = begin;
    }
    for (int64_t k = 0; k < m.states; ++k) sums.first[k] += m.posterior[from * m.states + k];
  }

  // Adds the products of filtered probabilities and weights, four steps at a time, so that a sum is
  // read and written once for four.
  void count_steps(int count) {
    double* __restrict steps = sums.steps.data();
    int t = 0;
    for (; t + 4 <= count; t += 4) {
      const double *a = held + t * kWidth, *b = weight + t * kWidth;
      for (int i = 0; i < kWidth; ++i) {
        const double p = a[i], q = a[i + kWidth], r = a[i + 2 * kWidth], s = a[i + 3 * kWidth];
        for (int j = 0; j < kWidth; ++j)
          steps[i * kWidth + j] += (p * b[j] + q * b[j + kWidth]) +
                                   (r * b[j + 2 * kWidth] + s * b[j + 3 * kWidth]);
      }
    }
    for (; t < count; ++t)
      for (int i = 0; i < kWidth; ++i)
        for (int j = 0; j < kWidth; ++j)
          steps[i * kWidth + j] += held[t * kWidth + i] * weight[t * kWidth + j];
  }

  void run(int64_t first_sequence, int64_t last_sequence) {
    int64_t longest = 0;
    for (int64_t s = first_sequence; s < last_sequence; ++s)
      longest = std::max(longest, m.offsets[s + 1] - m.offsets[s]);
    inverse.resize(longest);
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
