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
#include <utility>
#include <vector>

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

// Below this a step's sum has lost digits; whoever called does such a sequence again in log space.
constexpr double kVanished = 1e-280;

// A polynomial, its coefficients from the highest power down (Horner's rule).
template <int N>
inline double horner(const double (&coefficients)[N], double x) {
  double sum = coefficients[0];
#pragma GCC unroll 16
  for (int k = 1; k < N; ++k) sum = sum * x + coefficients[k];
  return sum;
}

// eˣ for x ≤ 0 to the last digit or two, in a form that the compiler turns into vector code:
// x = n·log 2 + r, eʳ by its series, 2ⁿ by the exponent's bits. 0 below -708.
inline double exp_of_negative(double x) {
  const double held = x < -708.0 ? -708.0 : x;
  const double shifted = held * 1.4426950408889634 + 6755399441055744.0;  // 1.5·2⁵²: rounds
  const double n = shifted - 6755399441055744.0;
  const double r = (held - n * 0.69314718036912382) - n * 1.9082149292705877e-10;
  static constexpr double kSeries[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                       1.0 / 3628800.0,    1.0 / 362880.0,    1.0 / 40320.0,
                                       1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,
                                       1.0 / 24.0,         1.0 / 6.0,         0.5,
                                       1.0,                1.0};
  const double p = horner(kSeries, r);
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
  static constexpr double kSeries[] = {2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0,
                                       2.0 / 11.0, 2.0 / 9.0,  2.0 / 7.0,  2.0 / 5.0,  2.0 / 3.0};
  const double p = horner(kSeries, g);
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
// transition), expected first states, what the source of scores wants, and the log likelihood.
struct Sums {
  std::vector<double> steps, first, emitted;
  double log_likelihood = 0.0;
  bool vanished = false;
};

constexpr double kNone = -std::numeric_limits<double>::infinity();

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

// The vector with its lanes moved around by half, and then by half of that, in turn: a maximum over
// all lanes, in every lane.
template <int kHalf, class Vector, int... J>
inline Vector largest_lanes(Vector v, std::integer_sequence<int, J...> lanes) {
  if constexpr (kHalf == 0) {
    return v;
  } else {
    const Vector other = __builtin_shufflevector(v, v, (J ^ kHalf)...);
    return largest_lanes<kHalf / 2>(v > other ? v : other, lanes);
  }
}

// The largest number of a row, in every lane.
template <int kWidth>
inline typename Lanes<kWidth>::Vector largest_of(const double* x) {
  using L = Lanes<kWidth>;
  typename L::Vector most = L::load(x);
  for (int n = 1; n < L::kCount; ++n) {
    const typename L::Vector next = L::load(x + n * L::kLanes);
    most = most > next ? most : next;
  }
  return largest_lanes<L::kLanes / 2>(most, std::make_integer_sequence<int, L::kLanes>{});
}

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

// A row of as many numbers as there are states, filled up.
template <int kWidth>
void spread(int64_t states, const double* row, double* wide, double rest) {
  if (states == kWidth) {
    for (int k = 0; k < kWidth; ++k) wide[k] = row[k];
  } else {
    for (int k = 0; k < kWidth; ++k) wide[k] = k < states ? row[k] : rest;
  }
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
      const bool level = m.ids || n % 3 == 2;
      spread<kWidth>(m.states, (m.ids ? m.table : m.normal) + n * m.states, row, level ? kNone : 0);
      if (!m.ids) continue;
      most.push_back(largest_of<kWidth>(row)[0]);
      for (int k = 0; k < kWidth; ++k)
        row[k] = most[n] > kNone ? exp_of_negative(row[k] - most[n]) : 0.0;
    }
  }
};

// One block of sequences. kWidth is the number of states, filled up with impossible ones.
template <int kWidth>
struct ForwardBackward {
  const HiddenMarkov& m;
  const Source<kWidth>& source;
  const bool summed;  // no posterior is written, but sums over the steps
  std::vector<double> ahead, back;  // transition, and its transpose
  std::vector<double> inverse;  // 1 over p(x_t | x_1 … x_{t-1}) over that of its likeliest state
  std::vector<double> kept;     // filtered probabilities of a sequence, where sums are wanted
  Sums sums;
  alignas(64) double likelihood[kChunk * kWidth], held[kChunk * kWidth], weight[kChunk * kWidth],
      smoothed[kChunk * kWidth];
  alignas(64) double impossible[kWidth];  // -∞ for the states that fill up, else 0
  double most[kChunk], sum[kChunk], base[kChunk];

  ForwardBackward(const HiddenMarkov& model, const Source<kWidth>& from)
      : m(model), source(from), summed(model.sums != nullptr) {
    ahead.assign(kWidth * kWidth, 0.0);
    back.assign(kWidth * kWidth, 0.0);
    for (int64_t i = 0; i < m.states; ++i)
      for (int64_t j = 0; j < m.states; ++j)
        ahead[i * kWidth + j] = back[j * kWidth + i] = m.transition[i * m.states + j];
    sums.steps.assign(kWidth * kWidth, 0.0);
    sums.first.assign(kWidth, 0.0);
    for (int k = 0; k < kWidth; ++k) impossible[k] = k < m.states ? 0.0 : kNone;
    sums.emitted.assign(source.rows.size(), 0.0);
  }

  // p(x_t | state) over that of the likeliest state, of count steps; false where none is possible.
  bool likelihoods(int64_t from, int count) {
    if (m.ids) {
      bool possible = true;
      for (int t = 0; t < count; ++t) {
        most[t] = source.most[m.ids[from + t]];
        possible = possible && most[t] > kNone;
      }
      return possible;
    }
    for (int t = 0; t < count; ++t) {
      double* row = likelihood + t * kWidth;
      if (m.values)
        densities(from + t, row);
      else
        spread<kWidth>(m.states, m.scores + (from + t) * m.states, row, kNone);
      const auto largest = largest_of<kWidth>(row);
      most[t] = largest[0];
      for (int n = 0; n < kWidth; n += Lanes<kWidth>::kLanes) {
        const auto off = Lanes<kWidth>::load(row + n) - largest;
        std::memcpy(row + n, &off, sizeof off);
      }
    }
    for (int k = 0; k < count * kWidth; ++k) likelihood[k] = exp_of_negative(likelihood[k]);
    bool possible = true;
    for (int t = 0; t < count; ++t) possible = possible && most[t] > kNone;
    return possible;
  }

  // log p(x_t | state) of channels that are normal.
  void densities(int64_t at, double* row) const {
    using L = Lanes<kWidth>;
    const double* x = m.values + at * m.channels;
    for (int n = 0; n < kWidth; n += L::kLanes) {
      const double* normal = source.rows.data() + n;
      typename L::Vector sum = L::load(impossible + n);
      for (int64_t c = 0; c < m.channels; ++c, normal += 3 * kWidth) {
        if (x[c] != x[c]) continue;
        const auto off = x[c] - L::load(normal);
        sum += L::load(normal + 2 * kWidth) - off * off * L::load(normal + kWidth);
      }
      std::memcpy(row + n, &sum, sizeof sum);
    }
  }

  // What `likelihoods` made of step t of a chunk that begins at `begin`.
  const double* likelihood_at(int64_t begin, int t) const {
    return m.ids ? source.rows.data() + m.ids[begin + t] * kWidth : likelihood + t * kWidth;
  }

  // Where the filtered probabilities of a step are kept, until they are smoothed.
  double* filtered_at(int64_t from, int64_t step) {
    return summed ? kept.data() + (step - from) * kWidth : m.posterior + step * m.states;
  }

  // Adds what the source wants of `count` steps with these smoothed probabilities.
  void count_emitted(int64_t from, int count, const double* rows) {
    double* sum = sums.emitted.data();
    for (int t = 0; t < count && m.ids; ++t, rows += kWidth) {
      double* of_token = sum + m.ids[from + t] * kWidth;
      for (int k = 0; k < kWidth; ++k) of_token[k] += rows[k];
    }
    for (int64_t c = 0; c < m.channels; ++c, sum += 3 * kWidth) {
      const double* mean = source.rows.data() + c * 3 * kWidth;
      double all[3][kWidth] = {};
      for (int t = 0; t < count; ++t) {
        const double x = m.values[(from + t) * m.channels + c];
        if (std::isnan(x)) continue;
        for (int k = 0; k < kWidth; ++k) {
          const double off = x - mean[k], weighted = rows[t * kWidth + k] * off;
          all[0][k] += rows[t * kWidth + k];
          all[1][k] += weighted;
          all[2][k] += weighted * off;
        }
      }
      for (int k = 0; k < 3 * kWidth; ++k) sum[k] += all[k / kWidth][k % kWidth];
    }
  }

  void narrow(const double* wide, double* row) const {
    if (summed || m.states == kWidth) {
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
          spread<kWidth>(m.states, m.start, now, 0.0);
        else
          product<kWidth>(before, ahead.data(), now);
        const double* row = likelihood_at(begin, t);
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
      double of_step[kChunk], *log_likelihood = summed ? of_step : m.log_likelihood + begin;
      for (int t = 0; t < count; ++t) log_likelihood[t] = log_of(sum[t] / base[t]) + most[t];
      if (!m.posterior && !summed) continue;
      if (summed)
        for (int t = 0; t < count; ++t) sums.log_likelihood += of_step[t];
      for (int t = 0; t < count; ++t) inverse[begin - from + t] = base[t] / sum[t];
      for (int t = 0; t < count; ++t) {
        const double scale = 1.0 / sum[t];
        double* row = held + t * kWidth;
        for (int j = 0; j < kWidth; ++j) row[j] *= scale;
        narrow(row, filtered_at(from, begin + t));
      }
    }
    return true;
  }

  // From filtered to smoothed probabilities, counting steps on the way. The likelihoods are made
  // anew: that takes less time than to write them down and to read them again.
  void backward(int64_t from, int64_t to) {
    alignas(64) double behind[kWidth];
    for (int k = 0; k < kWidth; ++k) behind[k] = 1.0;
    if (summed) count_emitted(to - 1, 1, filtered_at(from, to - 1));
    for (int64_t end = to; end > from + 1;) {
      const int64_t begin = std::max(from + 1, end - kChunk);
      const int count = int(end - begin);
      likelihoods(begin, count);
      for (int t = count - 1; t >= 0; --t) {
        const double scale = inverse[begin + t - from];
        const double* row = likelihood_at(begin, t);
        double* one = weight + t * kWidth;
        for (int j = 0; j < kWidth; ++j) one[j] = row[j] * scale * behind[j];
        product<kWidth>(one, back.data(), behind);
        double *filtered = filtered_at(from, begin + t - 1), *now = smoothed + t * kWidth;
        spread<kWidth>(summed ? kWidth : m.states, filtered, held + t * kWidth, 0.0);
        for (int i = 0; i < kWidth; ++i) now[i] = held[t * kWidth + i] * behind[i];
        narrow(now, filtered);
      }
      count_steps(count);
      if (summed) count_emitted(begin - 1, count, smoothed);
      end = begin;
    }
    const double* first = filtered_at(from, from);
    for (int64_t k = 0; k < m.states; ++k) sums.first[k] += first[k];
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
    if (summed) kept.resize(longest * kWidth);
    for (int64_t s = first_sequence; s < last_sequence; ++s) {
      const int64_t from = m.offsets[s], to = m.offsets[s + 1];
      if (from == to) continue;
      if (!forward(from, to)) {
        sums.vanished = true;  // again, in log space
        if (summed) return;
        m.log_likelihood[from] = std::numeric_limits<double>::quiet_NaN();
        continue;
      }
      if (m.posterior || summed) backward(from, to);
    }
  }
};

// False where probabilities vanished: then sums over the steps are worth nothing.
template <int kWidth>
bool forward_backward(const HiddenMarkov& m, int threads) {
  const std::vector<int64_t> ends = blocks_of(m);
  const int64_t count = int64_t(ends.size()) - 1;
  std::vector<Sums> parts(count);
  const Source<kWidth> source(m);
  on_threads(threads, count, [&](int64_t k) {
    ForwardBackward<kWidth> block(m, source);
    block.run(ends[k], ends[k + 1]);
    parts[k] = std::move(block.sums);
  });
  bool fine = true;
  for (const Sums& part : parts) fine = fine && !part.vanished;
  if (m.sums) {
    *m.log_likelihood = 0.0;
    for (const Sums& part : parts) *m.log_likelihood += part.log_likelihood;
    for (int64_t n = 0; n < int64_t(source.rows.size()) / kWidth; ++n)
      for (int64_t k = 0; k < m.states; ++k) {
        double sum = 0.0;
        for (const Sums& part : parts) sum += part.emitted[n * kWidth + k];
        m.sums[n * m.states + k] = sum;
      }
  }
  if (!m.posterior && !m.sums) return fine;
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
  return fine;
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
