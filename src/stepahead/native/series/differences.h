// How often a series is to be differenced: by the test of Kwiatkowski and others, and by how much
// of it is season.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

// Gaps as lines, for what cannot bear them.
inline std::vector<double> without_gaps(const double* y, int64_t n) {
  std::vector<double> all(y, y + n);
  for (int64_t t = 0, last = 0; t < n; ++t) {
    if (y[t] != y[t]) continue;
    for (int64_t j = last + 1; j < t; ++j)
      all[j] = y[last] + (y[t] - y[last]) * double(j - last) / double(t - last);
    last = t;
  }
  return all;
}

inline std::vector<double> differenced(std::vector<double> y, int lag) {
  for (size_t t = y.size(); t-- > size_t(lag);) y[t] -= y[t - size_t(lag)];
  y.erase(y.begin(), y.begin() + std::min<int64_t>(lag, int64_t(y.size())));
  return y;
}

inline bool constant(const std::vector<double>& y) {
  double low = 0, high = 0, size = 0;
  for (size_t t = 0; t < y.size(); ++t) {
    low = t ? std::min(low, y[t]) : y[t], high = t ? std::max(high, y[t]) : y[t];
    size = std::max(size, std::abs(y[t]));
  }
  return !(high - low > 1e-12 * size);
}

// Whether the sums of deviations from the mean wander too far for a stationary series (5 %).
inline bool wanders(const std::vector<double>& y) {
  const int n = int(y.size()), lags = int(3 * std::sqrt(double(n)) / 13);
  double mean = 0, sum = 0, wide = 0;
  for (double each : y) mean += each / n;
  std::vector<double> e(y);
  for (double& each : e) each -= mean, sum += each, wide += sum * sum / n;
  double variance = 0;
  for (int lag = 0; lag <= lags; ++lag) {
    double product = 0;
    for (int t = lag; t < n; ++t) product += e[t] * e[t - lag];
    variance += (lag ? 2 * (1 - lag / (lags + 1.0)) : 1.0) * product;
  }
  return wide > 0.463 * variance;
}

// The local line (or mean) at `at` through y[0 … n−1], weighted by nearness: the `span` nearest
// count.
inline double local(const double* y, int n, int stride, int span, int degree, double at) {
  int left = 0, right = n - 1;
  if (span < n) {
    left = std::clamp(int(at) - span / 2, 0, n - span);
    right = left + span - 1;
  }
  double h = std::max(at - left, right - at);
  if (span > n) h += (span - n) / 2;
  double total = 0, first = 0, value = 0, square = 0, product = 0;
  for (int j = left; j <= right; ++j) {
    const double far = std::abs(j - at);
    if (far > 0.999 * h) continue;
    const double u = far / h, tricube = 1 - u * u * u;
    const double w = far <= 0.001 * h ? 1.0 : tricube * tricube * tricube, off = j - at;
    const double each = y[size_t(j) * stride];
    total += w, first += w * off, square += w * off * off;
    value += w * each, product += w * off * each;
  }
  if (!(total > 0)) return y[size_t(std::clamp(int(at), 0, n - 1)) * stride];
  const double bottom = total * square - first * first;
  if (degree == 0 || !(std::sqrt(bottom) > 0.001 * (n - 1) * total)) return value / total;
  return (square * value - first * product) / bottom;
}

// How much of what is no trend is season, between 0 and 1 (Wang, Smith & Hyndman 2006), after a
// decomposition by local lines (Cleveland et al. 1990, two rounds, seasons over 11 years).
inline double season_strength(const std::vector<double>& y, int m) {
  const int n = int(y.size()), years = 11;
  auto odd = [](int size) { return size + 1 - size % 2; };
  const int wide = odd(int(std::ceil(1.5 * m / (1 - 1.5 / years)))), low = odd(m);
  std::vector<double> trend(n), season(n), cycle(n + 2 * m), one, two, plain(n);
  for (int round = 0; round < 2; ++round) {
    for (int t = 0; t < n; ++t) plain[t] = y[t] - trend[t];
    for (int place = 0; place < m; ++place) {
      const int count = (n - place - 1) / m + 1;
      for (int k = -1; k <= count; ++k)
        cycle[place + (k + 1) * m] = local(&plain[place], count, m, years, 0, k);
    }
    one = cycle;
    for (int span : {m, m, 3}) {
      two.assign(one.size() - size_t(span) + 1, 0.0);
      double sum = 0;
      for (size_t t = 0; t < one.size(); ++t) {
        sum += one[t];
        if (t + 1 < size_t(span)) continue;
        two[t + 1 - span] = sum / span;
        sum -= one[t + 1 - span];
      }
      one.swap(two);
    }
    for (int t = 0; t < n; ++t) season[t] = cycle[t + m] - local(one.data(), n, 1, low, 1, t);
    for (int t = 0; t < n; ++t) plain[t] = y[t] - season[t];
    for (int t = 0; t < n; ++t) trend[t] = local(plain.data(), n, 1, wide, 1, t);
  }
  auto variance = [&](auto value) {
    double sum = 0, square = 0;
    for (int t = 0; t < n; ++t) sum += value(t) / n;
    for (int t = 0; t < n; ++t) square += (value(t) - sum) * (value(t) - sum);
    return square;
  };
  const double rest = variance([&](int t) { return y[t] - trend[t] - season[t]; });
  const double both = variance([&](int t) { return y[t] - trend[t]; });
  return both > 0 ? std::clamp(1 - rest / both, 0.0, 1.0) : 0.0;
}
