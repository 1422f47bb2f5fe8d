// Where the fit of exponential smoothing begins, and where it may end.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "ets.h"

constexpr int SEASON_FITTED = 24;  // longer seasons begin as they are read off, and are not fitted

struct Start {
  double level = 0, growth = 0;
  std::vector<double> season;
};

struct Look {
  int64_t seen = 0;
  bool positive = true;
  double spread = 0;
};

inline Look look_at(const double* y, int64_t n) {
  Look look;
  double sum = 0, square = 0;
  for (int64_t t = 0; t < n; ++t)
    if (y[t] == y[t]) ++look.seen, sum += y[t], look.positive = look.positive && y[t] > 0;
  const double mean = sum / double(look.seen);
  for (int64_t t = 0; t < n; ++t)
    if (y[t] == y[t]) square += (y[t] - mean) * (y[t] - mean);
  look.spread = std::sqrt(square / double(look.seen));
  return look;
}

// Season, level and growth as they are read off a series: the season from the distances to a
// centred moving average, level and growth from a line through the beginning of the rest.
class Starts {
 public:
  Starts(const double* y, int64_t n, int m) : y_(y), n_(n), m_(m) {
    if (m < 2 || n < 2 * m) return;
    seasons(ADDED);
    bool positive = true;
    for (int64_t t = 0; t < n; ++t) positive = positive && !(y[t] <= 0);
    if (positive) seasons(TIMES);
  }

  // Whether every season of the year was seen away from the ends.
  bool every_season() const { return whole_; }

  Start of(const Form& form) const {
    Start start;
    if (form.season) start.season = season_[form.season];
    const int64_t enough = std::max(10, form.season ? 2 * m_ : 0);
    double count = 0, time = 0, times = 0, value = 0, product = 0;
    for (int64_t t = 0, taken = 0; t < n_ && taken < enough; ++t) {
      if (y_[t] != y_[t]) continue;
      double plain = y_[t];
      if (form.season == ADDED) plain -= start.season[size_t(t % m_)];
      if (form.season == TIMES) plain /= start.season[size_t(t % m_)];
      const double when = double(t + 1);
      ++taken, ++count, time += when, times += when * when, value += plain, product += when * plain;
    }
    const double bottom = count * times - time * time;
    const double slope = bottom > 0 ? (count * product - time * value) / bottom : 0.0;
    start.level = value / count;
    if (!form.trend) return start;
    start.level = (value - slope * time) / count;
    start.growth = slope;
    if (form.trend == TIMES || form.factor || form.season == TIMES) {
      if (start.level <= 0) start.level = value / count, start.growth = 0;
    }
    if (form.trend == TIMES) start.growth = std::clamp(1 + start.growth / start.level, 0.2, 3.0);
    return start;
  }

 private:
  void seasons(int kind) {
    std::vector<double> sum(m_), count(m_);
    const int64_t half = m_ / 2;
    for (int64_t t = half; t + half < n_; ++t) {
      if (y_[t] != y_[t]) continue;
      double level = 0, weight = 0;
      for (int64_t j = t - half; j <= t + half; ++j) {
        if (y_[j] != y_[j]) continue;
        const double w = m_ % 2 == 0 && (j == t - half || j == t + half) ? 0.5 : 1.0;
        level += w * y_[j], weight += w;
      }
      level /= weight;
      sum[size_t(t % m_)] += kind == TIMES ? y_[t] / level : y_[t] - level;
      count[size_t(t % m_)] += 1;
    }
    double mean = 0;
    whole_ = true;
    for (int j = 0; j < m_; ++j) {
      whole_ = whole_ && count[j] > 0;
      sum[j] /= std::max(count[j], 1.0);
      mean += sum[j] / m_;
    }
    for (int j = 0; j < m_; ++j) {
      if (kind == TIMES) sum[j] = std::max(sum[j] / mean, 1e-2);
      else sum[j] -= mean;
    }
    season_[kind] = sum;
  }

  const double* y_;
  int64_t n_;
  int m_;
  bool whole_ = false;
  std::vector<double> season_[3];
};

// Whether all roots of c[0] + c[1] z + … + c[size] z^size lie inside the circle of radius 1 (or, by
// a hair, on it): the test of Schur and Cohn, one degree less at a time.
inline bool inside_circle(std::vector<double> c) {
  double radius = 1;
  for (double& each : c) each *= radius, radius *= 1 + 1e-6;
  for (size_t size = c.size() - 1; size > 0; --size) {
    const double k = c[0] / c[size];
    if (!(std::abs(k) < 1)) return false;
    std::vector<double> less(size);
    for (size_t j = 0; j < size; ++j) less[j] = c[j + 1] - k * c[size - 1 - j];
    c = std::move(less);
  }
  return true;
}

// Whether what is long past is forgotten (Hyndman et al. 2008, chapter 10, where β is our φβ, for
// forms that are sums; the others are held to the same).
inline bool admissible(const Form& form, double alpha, double beta, double gamma, double phi,
                       int m) {
  beta *= phi;
  if (form.season == NONE) {
    if (!form.trend) return alpha > 0 && alpha < 2;
    return inside_circle({phi * (1 - alpha), alpha + beta - phi - 1, 1.0});
  }
  if (m > 1000) return true;  // the usual bounds are inside
  if (!form.trend) beta = 0, phi = 1;
  std::vector<double> c(size_t(m) + 2, alpha + beta - alpha * phi);
  c[0] = phi * (1 - alpha - gamma);
  c[1] = alpha + beta - alpha * phi + gamma - 1;
  c[size_t(m)] = alpha + beta - phi;
  c[size_t(m) + 1] = 1;
  if (m == 2) c[1] = alpha + beta - alpha * phi + gamma - 1;
  return inside_circle(c);
}
