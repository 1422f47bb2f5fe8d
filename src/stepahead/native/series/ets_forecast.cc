// Forecasts of exponential smoothing: points and quantiles.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ets.h"

namespace {

// Forms without a factor: the value k steps ahead is normal with variance σ² (1 + Σ c_j², j < k),
// c_j = α + β (φ + … + φ^j) + γ [j is a whole number of seasons] (Hyndman et al. 2008, 6.1).
void normal(const Form& form, const double* rates, double variance, int m, int64_t steps,
            double* spread) {
  double sum = 1, power = 1, grown = 0;
  for (int64_t k = 0; k < steps; ++k) {
    spread[k] = std::sqrt(variance * sum);
    power *= form.trend ? rates[3] : 0;
    grown += power;
    double c = rates[0] + rates[1] * grown;
    if (form.season && (k + 1) % m == 0) c += rates[2];
    sum += c * c;
  }
}

}  // namespace

// Forecasts `horizon` steps of every series, after `skip` more that are not told. Quantiles are
// exact for forms that are sums; for the others, `paths` of normal draws[step][path], the same for
// every series, are followed and sorted.
STEPAHEAD_CALL void stepahead_ets_forecast(int64_t count, int64_t period, const int64_t* form,
                                           const double* smoothing, const double* after,
                                           const double* variance, const int64_t* skip,
                                           int64_t horizon, int64_t wanted,
                                           const double* probability, const double* score,
                                           int64_t drawn, const double* draws, int64_t threads,
                                           double* mean, double* quantiles) {
  const int m = int(period), paths = int(drawn);
  const int width = 2 + m;
  each_series(count, threads, [&](int64_t series) {
    if (form[series] < 0) return;
    const Form chosen(int(form[series]));
    const double *own = after + series * width, *rates = smoothing + series * 4;
    const int64_t late = skip[series], steps = late + horizon;
    double* point = mean + series * horizon;
    double* ends = quantiles + series * horizon * wanted;
    const int season = chosen.season ? m : 0;
    auto begin = [&](int lanes) {
      States states(lanes, season);
      for (int k = 0; k < lanes; ++k) {
        states.alpha[k] = rates[0], states.beta[k] = rates[1];
        states.gamma[k] = rates[2], states.phi[k] = rates[3];
        states.level[k] = own[0], states.growth[k] = own[1];
        for (int j = 0; j < season; ++j) states.season[size_t(j) * lanes + k] = own[2 + j];
      }
      return states;
    };
    const Step step = ets_step_of(chosen);
    States states = begin(1);
    double told, nothing = 0;
    for (int64_t t = 0; t < steps; ++t) {
      step(1, states, season ? int(t % m) : 0, false, &nothing, 0, &told);
      if (t >= late) point[t - late] = told;
    }
    if (!wanted) return;
    if (!chosen.factor && chosen.trend != TIMES && chosen.season != TIMES) {
      std::vector<double> spread(steps);
      normal(chosen, rates, variance[series], m, steps, spread.data());
      for (int64_t t = 0; t < horizon; ++t)
        for (int64_t q = 0; q < wanted; ++q)
          ends[t * wanted + q] = point[t] + spread[late + t] * score[q];
      return;
    }
    States many = begin(paths);
    const double sigma = std::sqrt(variance[series]);
    std::vector<double> f(paths), y(paths), none(paths);
    for (int64_t t = 0; t < steps; ++t) {
      const int place = season ? int(t % m) : 0;
      States before = many;
      step(paths, before, place, false, &nothing, 0, f.data());
      const double* z = draws + t * paths;
      for (int k = 0; k < paths; ++k)
        y[k] = chosen.factor ? f[k] * std::max(1 + sigma * z[k], 1e-6) : f[k] + sigma * z[k];
      step(paths, many, place, true, y.data(), 1, f.data());
      if (t < late) continue;
      std::sort(y.begin(), y.end());
      for (int64_t q = 0; q < wanted; ++q) {
        const double at = std::clamp(probability[q] * paths - 0.5, 0.0, double(paths - 1));
        const int low = std::min(int(at), paths - 2);
        ends[(t - late) * wanted + q] = y[low] + (at - low) * (y[low + 1] - y[low]);
      }
    }
  });
}
