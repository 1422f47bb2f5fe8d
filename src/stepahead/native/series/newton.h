// Newton's method inside a box, for a last polish: slopes and curvature are differences.
#pragma once

#include "least_squares.h"

// By how much a parameter is moved for slopes and curvature: less near the edge of the box, where
// a function may bend within a small part of what is left.
inline double aside_of(double x, double low, double high) {
  return std::clamp(0.1 * std::min(x - low, high - x), 1e-6, 1e-4);
}

struct Quadratic {
  std::vector<double> slope, curve;
};

// Slopes and curvature of f at a point, from others up to `aside` from it.
template <class Function>
Quadratic quadratic_of(const Function& f, const std::vector<double>& at,
                       const std::vector<double>& aside) {
  const size_t size = at.size();
  Quadratic told{std::vector<double>(size), std::vector<double>(size * size)};
  std::vector<double> moved = at, up(size);
  const double here = f(at);
  for (size_t i = 0; i < size; ++i) {
    moved[i] = at[i] + aside[i], up[i] = f(moved);
    moved[i] = at[i] - aside[i];
    const double down = f(moved);
    moved[i] = at[i];
    told.slope[i] = (up[i] - down) / (2 * aside[i]);
    told.curve[i * size + i] = (up[i] - 2 * here + down) / (aside[i] * aside[i]);
  }
  for (size_t i = 0; i < size; ++i)
    for (size_t k = 0; k < i; ++k) {
      moved[i] = at[i] + aside[i], moved[k] = at[k] + aside[k];
      const double both = f(moved) - up[i] - up[k] + here;
      moved[i] = at[i], moved[k] = at[k];
      told.curve[i * size + k] = told.curve[k * size + i] = both / (aside[i] * aside[k]);
    }
  return told;
}

// Lowers f(x) from `x` on, which is moved in place, until a round lowers it by less than `enough`.
//
// Near the edge of the box differences are taken around a point farther inside; where f is not
// convex the diagonal of the curvature is raised.
template <class Function>
void newton(const Function& f, const Bounds& box, std::vector<double>& x, int rounds,
            double enough) {
  const size_t size = x.size();
  double best = f(x);
  for (int round = 0; round < rounds && std::isfinite(best); ++round) {
    std::vector<double> at = x, aside(size), next, d;
    for (size_t i = 0; i < size; ++i) {
      aside[i] = aside_of(x[i], box.low[i], box.high[i]);
      at[i] = std::clamp(x[i], box.low[i] + aside[i], box.high[i] - aside[i]);
    }
    const Quadratic near = quadratic_of(f, at, aside);
    std::vector<size_t> free;
    for (size_t i = 0; i < size; ++i) {
      const double slope = near.slope[i];
      if (!(x[i] <= box.low[i] && slope > 0) && !(x[i] >= box.high[i] && slope < 0))
        free.push_back(i);
    }
    const size_t count = free.size();
    const double before = best;
    for (double raised : {0.0, 0.1, 3.0, 100.0, 1e4}) {
      std::vector<double> a(count * count), b(count);
      for (size_t i = 0; i < count; ++i) {
        b[i] = -near.slope[free[i]];
        for (size_t k = 0; k < count; ++k) a[i * count + k] = near.curve[free[i] * size + free[k]];
        a[i * count + i] += raised * std::abs(a[i * count + i]);
      }
      if (!damped_solution(a, b, int(count), 0.0, d)) continue;
      next = x;
      for (size_t i = 0; i < count; ++i) {
        const size_t p = free[i];
        next[p] = std::clamp(at[p] + d[i], box.low[p], box.high[p]);
      }
      const double told = f(next);
      if (!(told < best)) continue;
      best = told, x = next;
      break;
    }
    if (before - best < enough) return;
  }
}
