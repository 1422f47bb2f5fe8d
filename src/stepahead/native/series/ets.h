// Exponential smoothing: the recursion of all forms, for several parameter vectors at a time.
//
// With level l, growth b, season s, smoothing α, β, γ and damping φ (Hyndman et al. 2008):
//
//   q = l ∘ b^φ     l alone, l + φb, or l · b^φ
//   f = q ∘ s       the forecast: q alone, q + s, or q · s
//   e = y − f       l ← q + α e', b ← φb + β e' (over the old l where b is a factor),
//                   s ← s + γ e (over q where s is a factor), with e' = e or e/s
//
// The error decides only what is summed: e, or e / f. A missing y moves level and growth on and
// nothing else.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "series.h"

enum { NONE = 0, ADDED = 1, TIMES = 2 };

// One of 30 forms: code = ((error is a factor) * 5 + trend) * 3 + season, trend N A Ad M Md.
struct Form {
  bool factor;  // the error grows with the forecast
  int trend;
  bool damped;
  int season;

  explicit Form(int code)
      : factor(code / 15 != 0), trend((code / 3 % 5 + 1) / 2),
        damped(code / 3 % 5 == 2 || code / 3 % 5 == 4), season(code % 3) {}

  int smoothing() const { return 1 + (trend ? 1 : 0) + (season ? 1 : 0) + (damped ? 1 : 0); }
  int states(int m) const { return 1 + (trend ? 1 : 0) + (season ? m - 1 : 0); }
};

// The state of every lane; season[place][lane], of which place (t mod m) is next.
struct States {
  std::vector<double> alpha, beta, gamma, phi, level, growth, season;

  States(int lanes, int m)
      : alpha(lanes), beta(lanes), gamma(lanes), phi(lanes, 1.0), level(lanes), growth(lanes),
        season(size_t(m) * lanes) {}
};

// One step of all lanes: what is forecast goes to `f`; where `seen`, the state learns from y.
template <int Trend, int Season, bool Damped>
inline void ets_step(int lanes, States& at, int place, bool seen, const double* y, int stride,
                     double* __restrict__ f) {
  double* __restrict__ l = at.level.data();
  double* __restrict__ b = at.growth.data();
  double* __restrict__ s = Season ? &at.season[size_t(place) * lanes] : nullptr;
  const double* __restrict__ alpha = at.alpha.data();
  const double* __restrict__ beta = at.beta.data();
  const double* __restrict__ gamma = at.gamma.data();
  const double* __restrict__ phi = at.phi.data();
#pragma GCC ivdep
  for (int k = 0; k < lanes; ++k) {
    double grown = Trend == TIMES ? 1.0 : 0.0;
    if (Trend == ADDED) grown = Damped ? phi[k] * b[k] : b[k];
    if (Trend == TIMES) grown = Damped ? std::pow(b[k], phi[k]) : b[k];
    const double q = Trend == TIMES ? l[k] * grown : Trend == ADDED ? l[k] + grown : l[k];
    const double told = Season == TIMES ? q * s[k] : Season == ADDED ? q + s[k] : q;
    f[k] = told;
    if (seen) {
      const double e = y[stride * k] - told, inner = Season == TIMES ? e / s[k] : e;
      if (Trend == ADDED) b[k] = grown + beta[k] * inner;
      if (Trend == TIMES) b[k] = grown + beta[k] * inner / l[k];
      if (Season == ADDED) s[k] += gamma[k] * e;
      if (Season == TIMES) s[k] += gamma[k] * e / q;
      l[k] = q + alpha[k] * inner;
    } else {
      l[k] = q;
      if (Trend) b[k] = grown;
    }
  }
}

// All steps of a series; f[step][lane].
template <int Trend, int Season, bool Damped>
void ets_run(int lanes, States& at, int m, int64_t first, int64_t steps, const double* y,
             double* f) {
  for (int64_t t = 0; t < steps; ++t)
    ets_step<Trend, Season, Damped>(lanes, at, Season ? int((first + t) % m) : 0, y[t] == y[t],
                                    &y[t], 0, f + t * lanes);
}

using Run = void (*)(int, States&, int, int64_t, int64_t, const double*, double*);
using Step = void (*)(int, States&, int, bool, const double*, int, double*);

Run ets_run_of(const Form& form);
Step ets_step_of(const Form& form);
