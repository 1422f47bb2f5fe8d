// The Kalman filter with an exact diffuse start, eight series in step.
//
// Source: Durbin & Koopman, Time Series Analysis by State Space Methods, 2nd ed. 2012, chapters 4
// and 5. Each step is cut in two: the update by y_t, then the transition to t + 1.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "lanes.h"
#include "problem.h"

constexpr double kLog2Pi = 1.8378770664093454836;
// An F∞ below this part of its scale is 0, and so is an entry of P∞ after an update (divided by the
// part of its scale that F∞ was, as rounding is), and an error where nothing varies.
constexpr double kNothing = 1e-10;
constexpr double kDust = 1e-13;
constexpr double kRounding = 1e-9;

// The entries of T that are not 0, by row, and T' likewise.
struct Pattern {
  std::vector<int> start, other, entry;

  Pattern(int64_t states, int64_t count, const int32_t* row, const int32_t* column) {
    start.assign(states + 1, 0);
    for (int64_t e = 0; e < count; ++e) ++start[row[e] + 1];
    for (int64_t i = 0; i < states; ++i) start[i + 1] += start[i];
    std::vector<int> next(start.begin(), start.end() - 1);
    other.resize(count), entry.resize(count);
    for (int64_t e = 0; e < count; ++e) {
      other[next[row[e]]] = column[e];
      entry[next[row[e]]++] = int(e);
    }
  }
};

// result = A matrix, or A matrix A' (both symmetric), where A has these entries.
inline void times(const Pattern& a, const Vec* entries, const Matrix& matrix, Matrix& result) {
  const int n = matrix.size;
  for (int i = 0; i < n; ++i) {
    Vec* to = result[i];
    for (int j = 0; j < n; ++j) to[j] = Vec{};
    for (int e = a.start[i]; e < a.start[i + 1]; ++e) {
      const Vec factor = entries[a.entry[e]];
      const Vec* from = matrix[a.other[e]];
      for (int j = 0; j < n; ++j) to[j] += factor * from[j];
    }
  }
}
inline void around(const Pattern& a, const Vec* entries, Matrix& matrix, Matrix& half) {
  times(a, entries, matrix, half);
  for (int i = 0; i < matrix.size; ++i)
    for (int j = 0; j <= i; ++j) {
      Vec sum{};
      for (int e = a.start[j]; e < a.start[j + 1]; ++e)
        sum += half[i][a.other[e]] * entries[a.entry[e]];
      matrix[i][j] = matrix[j][i] = sum;
    }
}
inline void times(const Pattern& a, const Vec* entries, std::vector<Vec>& vector,
                  std::vector<Vec>& room) {
  for (size_t i = 0; i < vector.size(); ++i) {
    Vec sum{};
    for (int e = a.start[i]; e < a.start[i + 1]; ++e)
      sum += entries[a.entry[e]] * vector[a.other[e]];
    room[i] = sum;
  }
  vector.swap(room);
}

// What the way back needs of a step. Where F∞ > 0 the gain is k0 of the book and k1 is not 0.
struct Kept {
  Vec error, inverse, inverse_diffuse, variance;
};

struct Filter {
  const Problem& p;
  const Pattern &forward, &backward;
  const int states;
  int64_t series[kLanes];  // −1 where a lane is empty
  int64_t first[kLanes], length[kLanes], longest = 0;
  std::vector<Vec> transition, shock, mean, room, star, infinite, largest, z;
  std::vector<int> at;  // the states that z_t reads
  Vec noise{}, total{}, rank{};
  Matrix cov, diffuse, half;
  bool unknown = false;  // whether P∞ is not 0 in some lane

  // By step, where `keep`; P and P∞ after the update only where `keep_all`.
  bool keep = false, keep_all = false;
  std::vector<Kept> kept;
  std::vector<Vec> gains, second_gains, designs, means, covs, diffuses;
  int64_t diffuse_steps = 0;

  Filter(const Problem& problem, const Pattern& t, const Pattern& transposed)
      : p(problem), forward(t), backward(transposed), states(int(problem.states)),
        transition(problem.transitions), shock(problem.shocks), mean(states), room(states),
        star(states), infinite(states), largest(states), cov(states), diffuse(states),
        half(states) {
    for (int64_t k = 0; k < p.designs; ++k) at.push_back(p.design_state[k]);
    for (int64_t k = 0; k < p.columns; ++k) at.push_back(p.column_state[k]);
    z.resize(at.size());
    for (int64_t k = 0; k < p.designs; ++k) z[k] = broadcast(p.design[k]);
  }

  template <class Each>
  void lanes(Each each) const {
    for (int k = 0; k < kLanes; ++k)
      if (series[k] >= 0) each(k, series[k]);
  }

  void begin(const int64_t* chosen, int64_t count) {
    longest = diffuse_steps = 0;
    total = rank = noise = Vec{};
    std::fill(mean.begin(), mean.end(), Vec{});
    std::fill(largest.begin(), largest.end(), Vec{});
    std::fill(cov.numbers.begin(), cov.numbers.end(), Vec{});
    std::fill(diffuse.numbers.begin(), diffuse.numbers.end(), Vec{});
    std::fill(transition.begin(), transition.end(), Vec{});
    std::fill(shock.begin(), shock.end(), Vec{});
    for (int k = 0; k < kLanes; ++k) {
      series[k] = k < count ? chosen[k] : -1;
      length[k] = first[k] = 0;
      if (series[k] < 0) continue;
      first[k] = p.offsets[series[k]];
      length[k] = p.offsets[series[k] + 1] - first[k];
      longest = std::max(longest, length[k]);
    }
    lanes([&](int k, int64_t s) {
      for (int64_t e = 0; e < p.transitions; ++e)
        transition[e][k] = p.transition[s * p.transitions + e];
      for (int64_t e = 0; e < p.shocks; ++e) shock[e][k] = p.shock[s * p.shocks + e];
      noise[k] = p.noise[s];
      for (int i = 0; i < states; ++i) {
        mean[i][k] = p.start_mean[s * states + i];
        for (int j = 0; j < states; ++j)
          cov[i][j][k] = p.start_cov[(s * states + i) * states + j];
        diffuse[i][i][k] = p.diffuse[i];
        rank[k] += p.diffuse[i];
      }
    });
    unknown = any(rank > 0.0);
    if (keep) {
      kept.resize(longest), gains.resize(longest * states), designs.resize(longest * z.size());
      second_gains.clear(), diffuses.clear();
      if (keep_all) means.resize(longest * states), covs.resize(longest * states * states);
    }
  }

  void run() {
    for (int64_t t = 0; t < longest; ++t) {
      update(t);
      if (moves(t)) advance();
      end(t);
    }
    if (p.log_likelihood)
      lanes([&](int k, int64_t s) { p.log_likelihood[s] = total[k]; });
  }

  // Whether the state moves on after value t: it is the last of its step.
  bool moves(int64_t t) const { return (t + 1) % p.channels == 0; }

  void read(int64_t t, Vec& value, Mask& seen) {
    for (int k = 0; k < kLanes; ++k) {
      const bool inside = series[k] >= 0 && t < length[k];
      const double y = inside ? p.values[first[k] + t] : 0.0;
      seen[k] = inside && !std::isnan(y) ? -1 : 0;
      value[k] = seen[k] ? y : 0.0;
      for (int64_t c = 0; c < p.columns; ++c)
        z[p.designs + c][k] = inside ? p.covariates[(first[k] + t) * p.columns + c] : 0.0;
    }
  }

  // P z, where z has few entries.
  void against(const Matrix& matrix, std::vector<Vec>& result) const {
    for (int i = 0; i < states; ++i) {
      Vec sum{};
      for (size_t k = 0; k < at.size(); ++k) sum += matrix[at[k]][i] * z[k];
      result[i] = sum;
    }
  }
  Vec along(const std::vector<Vec>& vector) const {
    Vec sum{};
    for (size_t k = 0; k < at.size(); ++k) sum += vector[at[k]] * z[k];
    return sum;
  }

  void update(int64_t t) {
    Vec value;
    Mask seen;
    read(t, value, seen);
    against(cov, star);
    const Vec expected = along(mean), error = seen ? value - expected : Vec{};
    const Vec variance = along(star) + noise;
    Vec variance_diffuse{}, scale{};
    Mask first_sight{};
    if (unknown) {
      against(diffuse, infinite);
      variance_diffuse = along(infinite);
      for (int i = 0; i < states; ++i)
        largest[i] = diffuse[i][i] > largest[i] ? diffuse[i][i] : largest[i];
      for (size_t k = 0; k < at.size(); ++k) scale += z[k] * z[k] * diffuse[at[k]][at[k]];
      first_sight = (variance_diffuse > 0.0) & (variance_diffuse > kNothing * scale);
    }
    const Mask starts = seen & first_sight;
    const Mask known = seen & ~first_sight & (variance > 0.0);
    const Vec one = broadcast(1.0), nothing{};
    const Vec inverse_diffuse = starts ? one / variance_diffuse : nothing;
    const Vec inverse = known ? one / variance : nothing;
    // A value that the model holds for impossible: nothing varies, and it is not what is expected.
    const Mask differs = ~(size_of(error) <= kRounding * (size_of(value) + size_of(expected)));
    const Mask impossible = seen & ~first_sight & ~(variance > 0.0) & differs;
    const Vec density =
        -0.5 * (log_where(known, variance) + error * error * inverse +
                log_where(starts, variance_diffuse) + (seen ? one * kLog2Pi : nothing));
    const Vec gained = impossible ? one * -std::numeric_limits<double>::infinity() : density;
    total += gained;
    told(t, expected, variance, first_sight, seen, gained);
    if (keep) {
      kept[t] = {error, inverse, inverse_diffuse, variance};
      std::copy(z.begin(), z.end(), designs.begin() + t * z.size());
      Vec* gain = gains.data() + t * states;
      for (int i = 0; i < states; ++i) gain[i] = star[i] * inverse;
      if (unknown) {
        second_gains.resize((t + 1) * states);
        for (int i = 0; i < states; ++i) {
          gain[i] += infinite[i] * inverse_diffuse;
          second_gains[t * states + i] =
              (star[i] - infinite[i] * variance * inverse_diffuse) * inverse_diffuse;
        }
        diffuse_steps = t + 1;
      }
    }
    move(error, variance, inverse, inverse_diffuse, starts, scale * inverse_diffuse);
    if (keep_all) {
      std::copy(mean.begin(), mean.end(), means.begin() + t * states);
      std::copy(cov.numbers.begin(), cov.numbers.end(), covs.begin() + t * cov.numbers.size());
      if (t < diffuse_steps)
        diffuses.insert(diffuses.end(), diffuse.numbers.begin(), diffuse.numbers.end());
    }
  }

  // The mean and the covariance given y_t; `rounding` says how much F∞ lost by cancellation.
  void move(Vec error, Vec variance, Vec inverse, Vec inverse_diffuse, Mask starts,
            Vec rounding) {
    for (int i = 0; i < states; ++i) {
      const Vec gain = star[i] * inverse;
      mean[i] += gain * error;
      for (int j = 0; j <= i; ++j) cov[i][j] = cov[j][i] = cov[i][j] - gain * star[j];
    }
    if (!any(starts)) return;
    const Vec square = variance * inverse_diffuse * inverse_diffuse;
    for (int i = 0; i < states; ++i) {
      const Vec gain = infinite[i] * inverse_diffuse;
      mean[i] += gain * error;
      for (int j = 0; j <= i; ++j) {
        cov[i][j] = cov[j][i] = cov[i][j] -
                                (star[i] * infinite[j] + infinite[i] * star[j]) * inverse_diffuse +
                                infinite[i] * infinite[j] * square;
        diffuse[i][j] = diffuse[j][i] = diffuse[i][j] - gain * infinite[j];
      }
    }
    rank -= starts ? broadcast(1.0) : Vec{};
    // What is left of rounding is 0, or it would grow into something that is never known.
    const Mask some = rank > 0.5;
    const Vec dust = kDust * rounding;
    for (int i = 0; i < states; ++i)
      for (int j = 0; j < states; ++j) {
        const Vec left = diffuse[i][j];
        const Mask real = left * left > dust * dust * largest[i] * largest[j];
        diffuse[i][j] = (some & (real | ~starts)) ? left : Vec{};
      }
    unknown = any(some);
  }

  void advance() {
    times(forward, transition.data(), mean, room);
    around(forward, transition.data(), cov, half);
    if (unknown) around(forward, transition.data(), diffuse, half);
    for (int64_t e = 0; e < p.shocks; ++e) {
      const int i = p.shock_row[e], j = p.shock_column[e];
      cov[i][j] += shock[e];
      if (i != j) cov[j][i] += shock[e];
    }
  }

  void told(int64_t t, Vec expected, Vec variance, Mask first_sight, Mask seen, Vec gained) const {
    lanes([&](int k, int64_t) {
      if (t >= length[k]) return;
      const int64_t row = first[k] + t;
      if (p.mean) p.mean[row] = expected[k];
      if (p.variance)
        p.variance[row] = first_sight[k] ? std::numeric_limits<double>::infinity() : variance[k];
      if (p.steps)
        p.steps[row] = seen[k] ? gained[k] : std::numeric_limits<double>::quiet_NaN();
    });
  }

  void end(int64_t t) const {
    if (!p.end_mean) return;
    lanes([&](int k, int64_t s) {
      if (t + 1 != length[k]) return;
      for (int i = 0; i < states; ++i) {
        p.end_mean[s * states + i] = mean[i][k];
        for (int j = 0; j < states; ++j) {
          p.end_cov[(s * states + i) * states + j] = cov[i][j][k];
          p.end_diffuse[(s * states + i) * states + j] = diffuse[i][j][k];
        }
      }
    });
  }
};
