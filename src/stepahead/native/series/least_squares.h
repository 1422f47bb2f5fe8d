// Nonlinear least squares inside a box, by the method of Levenberg and Marquardt.
//
// A problem says its residuals for several parameter vectors at a time ("lanes"), which is where
// all the time goes: lanes are what the compiler makes vectors of. The slopes come from one such
// call, one lane for each parameter; so do the trial steps, one lane for each damping.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

struct Bounds {
  std::vector<double> low, high, step;  // step: by how much a parameter is moved for a slope
};

// Solves (A + damping · diag A) d = b for a symmetric A of the given size; false where that fails.
inline bool damped_solution(std::vector<double> a, const std::vector<double>& b, int size,
                            double damping, std::vector<double>& d) {
  for (int i = 0; i < size; ++i) a[i * size + i] += damping * a[i * size + i] + 1e-300;
  for (int j = 0; j < size; ++j) {
    double pivot = a[j * size + j];
    for (int k = 0; k < j; ++k) pivot -= a[j * size + k] * a[j * size + k];
    if (!(pivot > 1e-14 * a[j * size + j])) return false;
    const double root = std::sqrt(pivot);
    a[j * size + j] = root;
    for (int i = j + 1; i < size; ++i) {
      double sum = a[i * size + j];
      for (int k = 0; k < j; ++k) sum -= a[i * size + k] * a[j * size + k];
      a[i * size + j] = sum / root;
    }
  }
  d = b;
  for (int i = 0; i < size; ++i) {
    for (int k = 0; k < i; ++k) d[i] -= a[i * size + k] * d[k];
    d[i] /= a[i * size + i];
  }
  for (int i = size - 1; i >= 0; --i) {
    for (int k = i + 1; k < size; ++k) d[i] -= a[k * size + i] * d[k];
    d[i] /= a[i * size + i];
  }
  return true;
}

constexpr int TRIALS = 4;  // dampings that are tried at a time

struct Descent {
  int iterations = 60;
  double enough = 1e-9;  // a step that lowers the sum by a smaller share is the last but one
};

// Lowers the sum of squares from `x` on, which is moved in place, and returns it.
//
// residuals(lanes, x, r) fills r[row][lane] from x[parameter][lane]; a lane that is not allowed
// holds a value that is not finite.
template <class Residuals>
double least_squares(const Residuals& residuals, int rows, const Bounds& box,
                     std::vector<double>& x, const Descent& how = {}) {
  const int size = int(x.size()), lanes = size + 1;
  std::vector<double> many(size_t(size) * std::max(lanes, TRIALS));
  std::vector<double> r(size_t(rows) * std::max(lanes, TRIALS)), moved(size), wide(lanes);
  std::vector<double> cross(size_t(lanes) * lanes), a, b, d, steps(size_t(size) * TRIALS);
  std::vector<int> free;
  double best = std::numeric_limits<double>::infinity(), damping = 1e-2;
  int small = 0;
  for (int round = 0; round < how.iterations; ++round) {
    for (int p = 0; p < size; ++p) {
      const double up = x[p] + box.step[p];
      moved[p] = up <= box.high[p] ? box.step[p] : -box.step[p];
      for (int k = 0; k < lanes; ++k) many[size_t(p) * lanes + k] = x[p];
      many[size_t(p) * lanes + p + 1] += moved[p];
    }
    residuals(lanes, many.data(), r.data());
    std::fill(cross.begin(), cross.end(), 0.0);
    for (int t = 0; t < rows; ++t) {
      const double* row = &r[size_t(t) * lanes];
      wide[0] = row[0];
      for (int k = 1; k < lanes; ++k) wide[k] = (row[k] - row[0]) / moved[k - 1];
      for (int i = 0; i < lanes; ++i)
        for (int k = 0; k <= i; ++k) cross[size_t(i) * lanes + k] += wide[i] * wide[k];
    }
    best = cross[0];
    if (!std::isfinite(best) || !(best > 0)) return best;
    free.clear();
    for (int p = 0; p < size; ++p) {
      const double slope = cross[size_t(p + 1) * lanes], curve = cross[size_t(p + 1) * (lanes + 1)];
      const bool stuck = (x[p] <= box.low[p] && slope > 0) || (x[p] >= box.high[p] && slope < 0);
      if (!stuck && std::isfinite(slope) && std::isfinite(curve) && curve > 0) free.push_back(p);
    }
    const int count = int(free.size());
    if (!count) return best;
    a.assign(size_t(count) * count, 0.0);
    b.assign(count, 0.0);
    for (int i = 0; i < count; ++i) {
      b[i] = -cross[size_t(free[i] + 1) * lanes];
      for (int k = 0; k <= i; ++k)
        a[size_t(i) * count + k] = a[size_t(k) * count + i] =
            cross[size_t(free[i] + 1) * lanes + free[k] + 1];
    }
    double lowest = best;
    int taken = -1;
    for (int attempt = 0; attempt < 4 && taken < 0; ++attempt) {
      double tried = damping;
      for (int k = 0; k < TRIALS; ++k, tried *= 8) {
        for (int p = 0; p < size; ++p) steps[size_t(p) * TRIALS + k] = x[p];
        if (!damped_solution(a, b, count, tried, d)) continue;
        for (int i = 0; i < count; ++i) {
          const int p = free[i];
          steps[size_t(p) * TRIALS + k] = std::clamp(x[p] + d[i], box.low[p], box.high[p]);
        }
      }
      residuals(TRIALS, steps.data(), r.data());
      for (int k = 0; k < TRIALS; ++k) {
        double sum = 0;
        for (int t = 0; t < rows; ++t) sum += r[size_t(t) * TRIALS + k] * r[size_t(t) * TRIALS + k];
        if (sum < lowest) lowest = sum, taken = k;
      }
      damping *= taken < 0 ? 4096.0 : std::pow(8.0, taken) / 8;
    }
    if (taken < 0) return best;
    damping = std::clamp(damping, 1e-9, 1e9);
    for (int p = 0; p < size; ++p) x[p] = steps[size_t(p) * TRIALS + taken];
    small = best - lowest < how.enough * best ? small + 1 : 0;
    best = lowest;
    if (small > 1) return best;
  }
  return best;
}
