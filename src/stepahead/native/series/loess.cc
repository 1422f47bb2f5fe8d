// Loess on a regular grid: a mean or a line, weighed by distance and by a weight of every value,
// around some of the steps of every series.
#include <algorithm>
#include <cmath>
#include <limits>

#include "series.h"

namespace {

// The value at step `at` of the mean of the `span` steps nearest to it, or of the line through
// them; NaN where all weights are 0.
double smooth_at(const double* y, const double* weight, int64_t n, int64_t span, bool line,
                 int64_t at) {
  const int64_t left = std::clamp<int64_t>(at - span / 2, 0, std::max<int64_t>(n - span, 0));
  const int64_t right = left + std::min(span, n) - 1;
  const double far = double(std::max(at - left, right - at) + std::max<int64_t>(span - n, 0) / 2);
  const double scale = 1 / std::max(far, 1.0);
  double total = 0, first = 0, second = 0, value = 0, product = 0;
  for (int64_t t = left; t <= right; ++t) {
    const double off = double(t - at), ratio = std::abs(off) * scale;
    const double rest = ratio <= 0.001 ? 1.0 : 1 - ratio * ratio * ratio;
    const double w = ratio <= 0.999 ? weight[t] * rest * rest * rest : 0.0;
    total += w, first += w * off, second += w * off * off;
    value += w * y[t], product += w * off * y[t];
  }
  if (!(total > 0)) return std::numeric_limits<double>::quiet_NaN();
  const double centre = first / total, mean = value / total;
  const double spread = second / total - centre * centre;
  if (!line || !(std::sqrt(std::max(spread, 0.0)) > 0.001 * double(n - 1))) return mean;
  return mean - (product / total - centre * mean) / spread * centre;
}

}  // namespace

// Values and weights are matrices of `width` columns, of which a series fills as many as `lengths`
// says; a missing value is any number of weight 0. Means or lines are made at the steps −beyond,
// −beyond + jump, ..., of which those after n + beyond − 1 are that step; `found` has `points`
// columns.
STEPAHEAD_CALL void stepahead_loess(int64_t count, int64_t width, const int64_t* lengths,
                                    const double* values, const double* weights, int64_t span,
                                    int64_t line, int64_t jump, int64_t beyond, int64_t points,
                                    int64_t threads, double* found) {
  each_series(count, threads, [&](int64_t series) {
    const int64_t n = lengths[series], last = n + beyond - 1;
    const double *y = values + series * width, *weight = weights + series * width;
    double* out = found + series * points;
    for (int64_t p = 0; p < points; ++p) {
      const int64_t at = std::min(p * jump - beyond, last);
      const bool again = p > 0 && (p - 1) * jump - beyond >= last;
      out[p] = again ? out[p - 1] : smooth_at(y, weight, n, span, line != 0, at);
    }
  });
}
