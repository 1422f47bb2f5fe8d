// Exponential smoothing of a panel: fit, filter and forecast, each series by itself.
#include "ets.h"

#include <limits>

#include "ets_start.h"
#include "least_squares.h"

namespace {

template <int Trend, bool Damped>
Run run_of(int season) {
  return season == NONE    ? ets_run<Trend, NONE, Damped>
         : season == ADDED ? ets_run<Trend, ADDED, Damped>
                           : ets_run<Trend, TIMES, Damped>;
}

template <int Trend, bool Damped>
Step step_of(int season) {
  return season == NONE    ? ets_step<Trend, NONE, Damped>
         : season == ADDED ? ets_step<Trend, ADDED, Damped>
                           : ets_step<Trend, TIMES, Damped>;
}

constexpr double INF = std::numeric_limits<double>::infinity();

// The parameters of one form as a vector: α, β/α, γ/(1−α), φ, level, growth, season but the last.
struct Layout {
  Form form;
  int m, alpha = 0, beta = -1, gamma = -1, phi = -1, level, growth = -1, season = -1, size;
  bool states;  // whether the states before the first step are among them

  Layout(const Form& f, int m, bool level_too, bool season_too) : form(f), m(m), states(level_too) {
    size = 1;
    if (f.trend) beta = size++;
    if (f.season) gamma = size++;
    if (f.damped) phi = size++;
    level = -1;
    if (level_too) {
      level = size++;
      if (f.trend) growth = size++;
      if (f.season && season_too) season = size, size += m - 1;
    }
  }
};

struct Fit {
  double value = INF;  // n log of what was minimised
  double sum = INF;
  int code = -1;
  std::vector<double> smoothing = std::vector<double>(4);
  Start start;
};

void unpack(const Layout& at, int lanes, const double* x, const Start& fixed, States& states) {
  const int m = at.m;
  for (int k = 0; k < lanes; ++k) {
    auto of = [&](int p) { return x[size_t(p) * lanes + k]; };
    const double alpha = states.alpha[k] = of(at.alpha);
    if (at.beta >= 0) states.beta[k] = alpha * of(at.beta);
    if (at.gamma >= 0) states.gamma[k] = (1 - alpha) * of(at.gamma);
    if (at.phi >= 0) states.phi[k] = of(at.phi);
    states.level[k] = at.level >= 0 ? of(at.level) : fixed.level;
    states.growth[k] = at.growth >= 0 ? of(at.growth) : fixed.growth;
    if (!at.form.season) continue;
    if (at.season < 0) {
      for (int j = 0; j < m; ++j) states.season[size_t(j) * lanes + k] = fixed.season[j];
      continue;
    }
    double rest = at.form.season == TIMES ? m : 0.0;
    for (int j = 0; j < m - 1; ++j) {
      const double value = of(at.season + j);
      states.season[size_t(j) * lanes + k] = value;
      rest -= value;
    }
    states.season[size_t(m - 1) * lanes + k] = rest;
  }
}

// What is squared and summed: e, or e/f times the geometric mean of |f|, by which the sum of
// squares is as likely as the series is: −2 log L = n log(2π · sum / n) + n.
class Errors {
 public:
  Errors(const Layout& at, const double* y, int64_t n, const Start& fixed)
      : at_(at), y_(y), n_(n), fixed_(fixed), run_(ets_run_of(at.form)) {}

  void operator()(int lanes, const double* x, double* r) const {
    States states(lanes, at_.form.season ? at_.m : 0);
    unpack(at_, lanes, x, fixed_, states);
    run_(lanes, states, at_.m, 0, n_, y_, r);
    if (!at_.form.factor) {
      for (int64_t t = 0; t < n_; ++t)
        for (int k = 0; k < lanes; ++k)
          r[t * lanes + k] = y_[t] == y_[t] ? y_[t] - r[t * lanes + k] : 0.0;
      return;
    }
    std::vector<double> size(lanes, 1.0);
    std::vector<double> logs(lanes);
    int64_t seen = 0;
    for (int64_t t = 0; t < n_; ++t) {
      double* row = r + t * lanes;
      if (y_[t] != y_[t]) {
        for (int k = 0; k < lanes; ++k) row[k] = 0.0;
        continue;
      }
      ++seen;
      for (int k = 0; k < lanes; ++k) {
        const double f = row[k];
        size[k] *= f > 1e-10 ? f : INF;  // no density below 0
        row[k] = y_[t] / f - 1;
      }
      if (seen % 16 == 0) take_logs(lanes, size, logs);
    }
    take_logs(lanes, size, logs);
    for (int k = 0; k < lanes; ++k) size[k] = std::exp(logs[k] / double(seen));
    for (int64_t t = 0; t < n_; ++t)
      for (int k = 0; k < lanes; ++k) r[t * lanes + k] *= size[k];
  }

 private:
  static void take_logs(int lanes, std::vector<double>& size, std::vector<double>& logs) {
    for (int k = 0; k < lanes; ++k) logs[k] += std::log(size[k]), size[k] = 1.0;
  }

  const Layout& at_;
  const double* y_;
  int64_t n_;
  const Start& fixed_;
  Run run_;
};

// Where α, β/α, γ/(1−α) and φ may begin; the best of all combinations is gone on from. Free first
// states make for more hills: some lie where φ is small, or γ as large as it may be.
const std::vector<double> ALPHA = {0.05, 0.2, 0.5, 0.85}, SHARE = {0.02, 0.25}, PHI = {0.9, 0.97};
const std::vector<double> WIDE_SHARE = {0.02, 0.25, 0.9}, WIDE_PHI = {0.82, 0.9, 0.97};
constexpr int WIDE_STARTS = 24;

Bounds box_of(const Layout& at, double spread, const Start& start) {
  Bounds box{std::vector<double>(at.size, 1e-4), std::vector<double>(at.size, 1 - 1e-4),
             std::vector<double>(at.size, 1e-6)};
  if (at.phi >= 0) box.low[at.phi] = 0.8, box.high[at.phi] = 0.98;
  const double far = 50 * spread + std::abs(start.level);
  auto free = [&](int p, double unit, double low) {
    box.low[p] = low, box.high[p] = INF, box.step[p] = 1e-6 * unit;
  };
  const bool factors = at.form.factor || at.form.season == TIMES || at.form.trend == TIMES;
  if (at.level >= 0) {
    free(at.level, spread, factors ? 1e-10 : -far);
    box.high[at.level] = far;
  }
  if (at.growth >= 0) {
    if (at.form.trend == TIMES) {
      free(at.growth, 1.0, 1e-3), box.high[at.growth] = 4.0;
    } else {
      free(at.growth, spread, -far), box.high[at.growth] = far;
    }
  }
  for (int j = 0; at.season >= 0 && j < at.m - 1; ++j)
    at.form.season == TIMES ? free(at.season + j, 1.0, 1e-3) : free(at.season + j, spread, -INF);
  return box;
}

std::vector<double> packed(const Layout& at, const Start& start) {
  std::vector<double> x(at.size);
  if (at.level >= 0) x[at.level] = start.level;
  if (at.growth >= 0) x[at.growth] = start.growth;
  for (int j = 0; at.season >= 0 && j < at.m - 1; ++j) x[at.season + j] = start.season[j];
  return x;
}

// By how much the criterion of a trend that goes on for ever must be lower than that of any other
// form: such trends are believed too easily (on M3, sMAPE 13.25 without this, 12.99 with it).
constexpr double UNDAMPED = 4;

struct Options {
  int m;
  bool states;   // fit the states before the first step; else they stay where they begin
  int starts;    // from so many of the best places
};

// All combinations of where the smoothing parameters may begin, best first.
std::vector<std::vector<double>> starts_of(const Layout& at, const Errors& errors, int64_t n,
                                           const std::vector<double>& x, int count) {
  const bool wide = at.level >= 0;  // the first states are fitted
  const auto& share = wide ? WIDE_SHARE : SHARE;
  if (wide) count = std::max(count, WIDE_STARTS);
  std::vector<std::vector<double>> all;
  for (double alpha : ALPHA)
    for (double beta : at.beta >= 0 ? share : std::vector<double>{0})
      for (double gamma : at.gamma >= 0 ? share : std::vector<double>{0})
        for (double phi : at.phi < 0 ? std::vector<double>{0} : wide ? WIDE_PHI : PHI) {
          all.push_back(x);
          all.back()[at.alpha] = alpha;
          if (at.beta >= 0) all.back()[at.beta] = beta;
          if (at.gamma >= 0) all.back()[at.gamma] = gamma;
          if (at.phi >= 0) all.back()[at.phi] = phi;
        }
  const int lanes = int(all.size());
  std::vector<double> many(size_t(at.size) * lanes), r(size_t(n) * lanes), sums(lanes);
  for (int p = 0; p < at.size; ++p)
    for (int k = 0; k < lanes; ++k) many[size_t(p) * lanes + k] = all[k][p];
  errors(lanes, many.data(), r.data());
  for (int64_t t = 0; t < n; ++t)
    for (int k = 0; k < lanes; ++k) sums[k] += r[t * lanes + k] * r[t * lanes + k];
  std::vector<int> order(lanes);
  for (int k = 0; k < lanes; ++k) {
    order[k] = k;
    if (!std::isfinite(sums[k])) sums[k] = INF;
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return sums[a] < sums[b]; });
  std::vector<std::vector<double>> best;
  for (int k : order) {  // others than the best differ from it in α, or they end where it does
    const bool apart = std::all_of(best.begin(), best.end(), [&](const std::vector<double>& other) {
      return other[at.alpha] != all[k][at.alpha] ||
             (wide && at.phi >= 0 && other[at.phi] != all[k][at.phi]) ||
             (wide && at.gamma >= 0 && other[at.gamma] != all[k][at.gamma]);
    });
    if (apart && int(best.size()) < count && std::isfinite(sums[k])) best.push_back(all[k]);
  }
  return best;
}

// One form fitted to one series of which `seen` values are there, or no value where it cannot be.
Fit fitted(int code, const double* y, int64_t n, int64_t seen, double spread, const Start& start,
           const Options& how) {
  Fit fit;
  fit.code = code;
  const Form form(code);
  const Layout at(form, how.m, how.states, how.m <= SEASON_FITTED);
  const Errors errors(at, y, n, start);
  const Bounds box = box_of(at, spread, start);
  auto begin = packed(at, start);
  for (int p = 0; p < at.size; ++p) begin[p] = std::clamp(begin[p], box.low[p], box.high[p]);
  for (auto& x : starts_of(at, errors, n, begin, how.starts)) {
    const double sum = least_squares(errors, int(n), box, x);
    if (!(sum < fit.sum)) continue;
    States states(1, form.season ? how.m : 0);
    unpack(at, 1, x.data(), start, states);
    if (!admissible(form, states.alpha[0], states.beta[0], states.gamma[0], states.phi[0], how.m))
      continue;
    fit.sum = sum;
    fit.smoothing = {states.alpha[0], states.beta[0], states.gamma[0], states.phi[0]};
    fit.start = {states.level[0], states.growth[0], states.season};
  }
  fit.value = double(seen) * std::log(std::max(fit.sum / double(seen), 1e-300));
  return fit;
}

// −2 log L, and the number of parameters, the variance among them.
int parameters(int code, int m) { return Form(code).smoothing() + Form(code).states(m) + 1; }

double corrected(double value, int64_t seen, int k) {
  const double n = double(seen);
  return n - k - 1 > 0 ? value + 2.0 * k + 2.0 * k * (k + 1) / (n - k - 1) : INF;
}

}  // namespace

Run ets_run_of(const Form& form) {
  if (form.trend == NONE) return run_of<NONE, false>(form.season);
  if (form.trend == ADDED)
    return form.damped ? run_of<ADDED, true>(form.season) : run_of<ADDED, false>(form.season);
  return form.damped ? run_of<TIMES, true>(form.season) : run_of<TIMES, false>(form.season);
}

Step ets_step_of(const Form& form) {
  if (form.trend == NONE) return step_of<NONE, false>(form.season);
  if (form.trend == ADDED)
    return form.damped ? step_of<ADDED, true>(form.season) : step_of<ADDED, false>(form.season);
  return form.damped ? step_of<TIMES, true>(form.season) : step_of<TIMES, false>(form.season);
}

// Fits the best of the forms `codes` to every series. Values were divided by a unit that makes them
// near 1 in size; NaN where missing, but neither first nor last. `positive` says of which series
// all are above 0. codes that a series cannot bear are passed over.
//
// Written for each series: its form (−1: none could be fitted), α β γ φ, the states before the
// first step and after the last (level, growth, m of the season, the first the next), and four
// sums: the log likelihood, the corrected criterion, the variance of the error, the number of
// values.
STEPAHEAD_CALL void stepahead_ets_fit(int64_t count, const int64_t* offsets, const double* values,
                                      int64_t season, int64_t codes, const int64_t* code,
                                      int64_t fit_states, int64_t starts, int64_t threads,
                                      int64_t* form, double* smoothing, double* before,
                                      double* after, double* sums) {
  const int m = int(season);
  const Options how{m, fit_states != 0, int(starts)};
  each_series(count, threads, [&](int64_t series) {
    const double* y = values + offsets[series];
    const int64_t n = offsets[series + 1] - offsets[series];
    const Look look = look_at(y, n);
    double lowest = INF;
    Fit best;
    Starts begin(y, n, m);
    for (int64_t c = 0; c < codes; ++c) {
      const int named = int(code[c]);
      const Form tried(named);
      const bool factors = tried.factor || tried.trend == TIMES || tried.season == TIMES;
      if (factors && !look.positive) continue;
      if (tried.season && (m < 2 || n < 2 * m || !begin.every_season())) continue;
      const int k = parameters(named, m);
      if (codes > 1 && look.seen - k - 1 <= 0) continue;
      Fit fit = fitted(named, y, n, look.seen, look.spread, begin.of(tried), how);
      double value = codes > 1 ? corrected(fit.value, look.seen, k) : fit.value;
      if (tried.trend && !tried.damped) value += UNDAMPED;
      if (std::isfinite(fit.sum) && value < lowest) lowest = value, best = std::move(fit);
    }
    const int width = 2 + m;
    form[series] = std::isfinite(best.sum) ? best.code : -1;
    if (form[series] < 0) return;
    for (int p = 0; p < 4; ++p) smoothing[series * 4 + p] = best.smoothing[p];
    const Form chosen(best.code);
    States states(1, chosen.season ? m : 0);
    states.alpha[0] = best.smoothing[0], states.beta[0] = best.smoothing[1];
    states.gamma[0] = best.smoothing[2], states.phi[0] = best.smoothing[3];
    states.level[0] = best.start.level, states.growth[0] = best.start.growth;
    if (chosen.season) states.season = best.start.season;
    auto write = [&](double* to, int64_t place) {
      to[0] = states.level[0];
      to[1] = states.growth[0];
      for (int j = 0; j < m; ++j)
        to[2 + j] = chosen.season ? states.season[size_t((place + j) % m)] : 0.0;
    };
    write(before + series * width, 0);
    std::vector<double> f(n);
    ets_run_of(chosen)(1, states, m, 0, n, y, f.data());
    write(after + series * width, n);
    double squares = 0;
    for (int64_t t = 0; t < n; ++t)
      if (y[t] == y[t]) {
        const double e = chosen.factor ? y[t] / f[t] - 1 : y[t] - f[t];
        squares += e * e;
      }
    const int k = parameters(best.code, m);
    const double seen = double(look.seen), log2pi = 1.8378770664093453;
    double* sum = sums + series * 4;
    sum[0] = -0.5 * (best.value + seen * (log2pi + 1));
    sum[1] = corrected(-2 * sum[0], look.seen, k);
    sum[2] = squares / std::max(seen - (k - 1), 1.0);
    sum[3] = seen;
  });
}

// Runs every series from the states `before` on: one-step forecasts go to `told`, states to
// `after`.
STEPAHEAD_CALL void stepahead_ets_filter(int64_t count, const int64_t* offsets,
                                         const double* values, int64_t season, const int64_t* form,
                                         const double* smoothing, const double* before,
                                         int64_t threads, double* after, double* told) {
  const int m = int(season);
  const int width = 2 + m;
  each_series(count, threads, [&](int64_t series) {
    if (form[series] < 0) return;
    const Form chosen(int(form[series]));
    const double *own = before + series * width, *rates = smoothing + series * 4;
    States states(1, chosen.season ? m : 0);
    states.alpha[0] = rates[0], states.beta[0] = rates[1];
    states.gamma[0] = rates[2], states.phi[0] = rates[3];
    states.level[0] = own[0], states.growth[0] = own[1];
    for (size_t j = 0; j < states.season.size(); ++j) states.season[j] = own[2 + j];
    const int64_t n = offsets[series + 1] - offsets[series];
    ets_run_of(chosen)(1, states, m, 0, n, values + offsets[series], told + offsets[series]);
    double* to = after + series * width;
    to[0] = states.level[0], to[1] = states.growth[0];
    for (int j = 0; j < m; ++j)
      to[2 + j] = chosen.season ? states.season[size_t((n + j) % m)] : own[2 + j];
  });
}

// 0 baseline, 1 AVX2 with FMA, 2 AVX-512.
