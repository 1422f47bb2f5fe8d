// Whether a series has a season, and the season by classical decomposition.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

// Whether the autocorrelation at the lag of the season is beyond what chance explains in nine of
// ten series, given those at shorter lags (Assimakopoulos & Nikolopoulos 2000).
inline bool season_shows(const double* y, int64_t n, int m) {
  double mean = 0, count = 0;
  for (int64_t t = 0; t < n; ++t)
    if (y[t] == y[t]) mean += y[t], ++count;
  mean /= count;
  double variance = 0, squares = 0, last = 0;
  for (int64_t t = 0; t < n; ++t)
    if (y[t] == y[t]) variance += (y[t] - mean) * (y[t] - mean);
  if (!(variance > 0)) return false;
  for (int lag = 1; lag <= m; ++lag) {
    double product = 0;
    for (int64_t t = lag; t < n; ++t)
      if (y[t] == y[t] && y[t - lag] == y[t - lag]) product += (y[t] - mean) * (y[t - lag] - mean);
    last = product / variance;
    if (lag < m) squares += last * last;
  }
  return std::abs(last) > 1.6448536269514722 * std::sqrt((1 + 2 * squares) / count);
}

// The mean distance (quotient, where `factor`) of every place of the season to a centred moving
// average over a season; empty where a place was not seen away from the ends, or a factor is not
// above 0.
inline std::vector<double> season_of(const double* y, int64_t n, int m, bool factor) {
  std::vector<double> sum(m), count(m);
  const int64_t half = m / 2;
  for (int64_t t = half; t + half < n; ++t) {
    if (y[t] != y[t]) continue;
    double level = 0, weight = 0;
    for (int64_t j = t - half; j <= t + half; ++j) {
      if (y[j] != y[j]) continue;
      const double w = m % 2 == 0 && (j == t - half || j == t + half) ? 0.5 : 1.0;
      level += w * y[j], weight += w;
    }
    level /= weight;
    sum[size_t(t % m)] += factor ? y[t] / level : y[t] - level;
    count[size_t(t % m)] += 1;
  }
  double mean = 0;
  for (int j = 0; j < m; ++j) {
    if (!(count[j] > 0)) return {};
    sum[j] /= count[j];
    mean += sum[j] / m;
  }
  for (int j = 0; j < m; ++j) {
    if (factor) sum[j] /= mean;
    else sum[j] -= mean;
    if (factor && !(sum[j] > 1e-3)) return {};
  }
  return sum;
}
