// The Theta method as a state space model (Fiorucci et al. 2016), after a season that shows is
// taken out: fit, filter and forecast, each series by itself.
//
//   f_t = l + w (A (1−α)^(t−1) + B (1 − (1−α)^t) / α),   w = 1 − 1/θ,  l ← α y + (1−α) l
//
// A and B are the line through the whole series, or, in the dynamic model, through what was seen so
// far. A missing y is what was forecast of it, which is its mean.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "least_squares.h"
#include "seasons.h"
#include "series.h"

namespace {

constexpr double INF = std::numeric_limits<double>::infinity();
constexpr int STATE = 5;  // level, mean so far, A, B, number of steps

struct Lanes {
  int lanes;
  bool dynamic;
  std::vector<double> alpha, weight, level, mean, a, b, power;
  double steps = 0;

  Lanes(int lanes, bool dynamic)
      : lanes(lanes), dynamic(dynamic), alpha(lanes), weight(lanes), level(lanes), mean(lanes),
        a(lanes), b(lanes), power(lanes, 1.0) {}

  // What is forecast of the next step.
  void ahead(double* f) const {
    for (int k = 0; k < lanes; ++k)
      f[k] = level[k] + weight[k] * (a[k] * power[k] +
                                     b[k] * (1 - power[k] * (1 - alpha[k])) / alpha[k]);
  }

  // Takes in what came: y[stride * lane].
  void learn(const double* y, int stride) {
    const double t = ++steps;
    for (int k = 0; k < lanes; ++k) {
      const double value = y[stride * k];
      level[k] += alpha[k] * (value - level[k]);
      power[k] *= 1 - alpha[k];
      if (!dynamic) continue;
      b[k] = ((t - 2) * b[k] + 6 / t * (value - mean[k])) / (t + 1);
      mean[k] += (value - mean[k]) / t;
      if (t < 2) b[k] = 0;
      a[k] = mean[k] - (t + 1) / 2 * b[k];
    }
  }

  void read(int k, const double* rates, const double* state) {
    alpha[k] = rates[0], weight[k] = 1 - 1 / rates[1];
    level[k] = state[0], mean[k] = state[1], a[k] = state[2], b[k] = state[3];
    steps = state[4];
    power[k] = std::pow(1 - alpha[k], steps);
  }

  void write(double* state) const {
    state[0] = level[0], state[1] = mean[0], state[2] = a[0], state[3] = b[0], state[4] = steps;
  }
};

void run(Lanes& at, int64_t n, const double* y, double* f) {
  for (int64_t t = 0; t < n; ++t) {
    double* told = f + t * at.lanes;
    at.ahead(told);
    if (y[t] == y[t]) at.learn(y + t, 0);
    else at.learn(told, 1);
  }
}

// The line through all values that were seen, time from 1.
void line(const double* y, int64_t n, double& a, double& b) {
  double count = 0, time = 0, times = 0, value = 0, product = 0;
  for (int64_t t = 0; t < n; ++t) {
    if (y[t] != y[t]) continue;
    const double when = double(t + 1);
    ++count, time += when, times += when * when, value += y[t], product += when * y[t];
  }
  const double bottom = count * times - time * time;
  b = bottom > 0 ? (count * product - time * value) / bottom : 0;
  a = (value - b * time) / count;
}

// Parameters: level before the first step, α, and w where it is free.
struct Problem {
  const double* y;
  int64_t n;
  bool dynamic, free;
  double a, b;

  void operator()(int lanes, const double* x, double* r) const {
    Lanes at(lanes, dynamic);
    for (int k = 0; k < lanes; ++k) {
      at.level[k] = x[k], at.alpha[k] = x[lanes + k];
      at.weight[k] = free ? x[2 * lanes + k] : 0.5;
      if (!dynamic) at.a[k] = a, at.b[k] = b;
    }
    run(at, n, y, r);
    for (int64_t t = 0; t < n; ++t)
      for (int k = 0; k < lanes; ++k)
        r[t * lanes + k] = y[t] == y[t] && t >= (dynamic ? 2 : 0) ? y[t] - r[t * lanes + k] : 0.0;
  }
};

}  // namespace

// Fits every series. Values are near 1 in size, NaN where missing, but neither first nor last.
// kind: 0 θ = 2, 1 θ is fitted, 2 θ is fitted and the line moves. Written for each series: α and θ,
// the states before the first step and after the last, the season of every place (`kinds`: 0 none,
// 1 added, 2 a factor), the first that of the next step, and two sums: the variance of the error,
// and the number of values.
STEPAHEAD_CALL void stepahead_theta_fit(int64_t count, const int64_t* offsets, const double* values,
                                        int64_t period, int64_t kind, int64_t threads,
                                        int64_t* kinds, double* rates, double* before,
                                        double* after, double* seasons, double* sums) {
  const int m = int(period);
  each_series(count, threads, [&](int64_t series) {
    const double* given = values + offsets[series];
    const int64_t n = offsets[series + 1] - offsets[series];
    std::vector<double> y(given, given + n), season;
    bool positive = true;
    for (int64_t t = 0; t < n; ++t) positive = positive && !(y[t] <= 0);
    kinds[series] = 0;
    if (m > 1 && n > 2 * m && season_shows(given, n, m)) {
      if (positive) season = season_of(given, n, m, true), kinds[series] = 2;
      if (season.empty()) season = season_of(given, n, m, false), kinds[series] = 1;
      if (season.empty()) kinds[series] = 0;
    }
    for (int64_t t = 0; t < n && kinds[series]; ++t) {
      const double own = season[size_t(t % m)];
      y[t] = kinds[series] == 2 ? y[t] / own : y[t] - own;
    }
    for (int j = 0; j < m; ++j)
      seasons[series * m + j] = kinds[series] ? season[size_t((n + j) % m)] : 0.0;

    Problem problem{y.data(), n, kind == 2, kind > 0, 0, 0};
    line(y.data(), n, problem.a, problem.b);
    double low = INF, high = -INF, mean = 0, seen = 0;
    for (double each : y)
      if (each == each) {
        low = std::min(low, each), high = std::max(high, each);
        mean += each, ++seen;
      }
    const int size = kind > 0 ? 3 : 2;
    const double width = std::max(high - low, 1e-12);
    const double far = 2 * width + std::abs(problem.a);  // a line takes its share of the level
    Bounds box{{low - far, 0.1, 0.0}, {high + far, 0.99, 1 - 1e-3}, {1e-6 * width, 1e-6, 1e-6}};
    box.low.resize(size), box.high.resize(size), box.step.resize(size);
    const double begin = kind == 2 ? y[0] : y[0] - 0.5 * (problem.a + problem.b);
    std::vector<double> found = {begin, 0.5, 0.5};
    found.resize(size);
    const double best = least_squares(problem, int(n), box, found);
    double* own = rates + series * 2;
    own[0] = found[1];
    own[1] = kind > 0 ? 1 / (1 - found[2]) : 2.0;
    double* first = before + series * STATE;
    first[0] = found[0], first[1] = 0, first[4] = 0;
    first[2] = kind == 2 ? 0.0 : problem.a, first[3] = kind == 2 ? 0.0 : problem.b;
    Lanes at(1, kind == 2);
    at.read(0, own, first);
    std::vector<double> f(n);
    run(at, n, y.data(), f.data());
    at.write(after + series * STATE);
    sums[series * 2] = best / std::max(seen - size, 1.0);
    sums[series * 2 + 1] = seen;
  });
}

// Runs every series from the states on: one-step forecasts go to `told`, states to `after`. `first`
// is the season of every place, that of the first step first.
STEPAHEAD_CALL void stepahead_theta_filter(int64_t count, const int64_t* offsets,
                                           const double* values, int64_t period, int64_t kind,
                                           const int64_t* kinds, const double* rates,
                                           const double* before, const double* first,
                                           int64_t threads, double* after, double* told) {
  const int m = int(period);
  each_series(count, threads, [&](int64_t series) {
    const int64_t n = offsets[series + 1] - offsets[series];
    std::vector<double> y(values + offsets[series], values + offsets[series] + n);
    double* f = told + offsets[series];
    auto season = [&](int64_t t) { return first[series * m + t % m]; };
    for (int64_t t = 0; t < n && kinds[series]; ++t)
      y[t] = kinds[series] == 2 ? y[t] / season(t) : y[t] - season(t);
    Lanes at(1, kind == 2);
    at.read(0, rates + series * 2, before + series * STATE);
    run(at, n, y.data(), f);
    at.write(after + series * STATE);
    for (int64_t t = 0; t < n && kinds[series]; ++t)
      f[t] = kinds[series] == 2 ? f[t] * season(t) : f[t] + season(t);
  });
}

// Forecasts `horizon` steps of every series, after `skip` more that are not told, and the standard
// deviation of each. The model is linear in its errors: the variance k steps ahead is σ² times the
// sum of squares of what an error of 1, at each of the steps before, changes there.
STEPAHEAD_CALL void stepahead_theta_forecast(int64_t count, int64_t period, int64_t kind,
                                             const int64_t* kinds, const double* rates,
                                             const double* after, const double* seasons,
                                             const double* sums, const int64_t* skip,
                                             int64_t horizon, int64_t threads, double* mean,
                                             double* spread) {
  const int m = int(period);
  each_series(count, threads, [&](int64_t series) {
    const int64_t late = skip[series], steps = late + horizon;
    const double *own = rates + series * 2, *state = after + series * STATE;
    const double variance = sums[series * 2];
    // lane 0 is the forecast; lane j, in the dynamic model, the one after an error of 1 at step j
    const int lanes = kind == 2 ? int(steps) : 1;
    Lanes at(lanes, kind == 2);
    for (int k = 0; k < lanes; ++k) at.read(k, own, state);
    std::vector<double> f(lanes);
    double sum = 1;
    for (int64_t t = 0; t < steps; ++t) {
      at.ahead(f.data());
      if (kind == 2) {
        sum = 1;
        for (int64_t j = 1; j <= t; ++j) sum += (f[j] - f[0]) * (f[j] - f[0]);
      } else {
        sum = 1 + double(t) * own[0] * own[0];
      }
      if (t >= late) {
        double point = f[0], wide = std::sqrt(variance * sum);
        const double season = seasons[series * m + t % m];
        if (kinds[series] == 1) point += season;
        if (kinds[series] == 2) point *= season, wide *= season;
        mean[series * horizon + t - late] = point;
        spread[series * horizon + t - late] = wide;
      }
      if (kind == 2 && t + 1 < lanes) f[t + 1] += 1;
      at.learn(f.data(), 1);
    }
  });
}
