// ARIMA of a panel: fit, filter and forecast, each series by itself.
#include "arima_search.h"
#include "series.h"

namespace {

// Fits what is wanted, or the next simpler form that the series bears.
Fitted chosen(const Series& series, Wanted wanted) {
  const bool open = std::any_of(wanted.part, wanted.part + PLACES, [](int64_t k) { return k < 0; });
  auto attempt = [&] {
    if (open) return Search(series, wanted).run();
    return fitted(series, Orders::read(wanted.part), EXACT, FULLY);
  };
  auto fine = [](const Fitted& fit) { return std::isfinite(fit.value); };
  Fitted fit;
  if (series.m > 1 || !(wanted.part[3] > 0 || wanted.part[4] > 0 || wanted.part[5] > 0))
    fit = attempt();
  if (fine(fit)) return fit;
  wanted.part[3] = wanted.part[4] = wanted.part[5] = 0;  // without season
  fit = attempt();
  if (fine(fit)) return fit;
  Orders form;  // a random walk, or a mean
  form.d = wanted.part[1] != 0;
  form.constant = !form.d;
  return fitted(series, form, EXACT, FULLY);
}

// The models of a panel, as a fit wrote them: the form of each series and its row of coefficients.
struct Models {
  int season;
  const int64_t *forms, *most;
  const double* rows;

  Orders form(int64_t series) const { return Orders::read(forms + series * PLACES); }

  Filter filter(int64_t series) const {
    const Widths widths{int(most[0]), int(most[1]), int(most[2]), int(most[3])};
    const Orders form = this->form(series);
    Arma arma;
    arma.shape(form.p, form.P, form.q, form.Q, season);
    arma_of(form, widths, season, rows + series * widths.all(), arma);
    return Filter(form, season, arma);
  }
};

}  // namespace

// Fits every series. Values are near 1 in size, NaN where missing, but neither first nor last; each
// step has `width` covariates, row after row. wanted: p d q P D Q and the constant, −1 where open;
// most: the largest p P q Q, which also are the widths of a row of coefficients. Written for each
// series: its form, φ Φ θ Θ, the constant (of the differences), the weights of the covariates (0
// where there are too few values for them), and four sums: log likelihood, corrected criterion,
// variance of the error, values that count.
STEPAHEAD_CALL void stepahead_arima_fit(int64_t count, const int64_t* offsets,
                                        const double* values, const double* covariates,
                                        int64_t width, int64_t season, const int64_t* wanted,
                                        const int64_t* most, int64_t threads, int64_t* forms,
                                        double* rows, double* constants, double* weights,
                                        double* sums) {
  Wanted what;
  std::copy(wanted, wanted + PLACES, what.part);
  std::copy(most, most + 4, what.most);
  const Widths widths{what.most[0], what.most[1], what.most[2], what.most[3]};
  each_series(count, threads, [&](int64_t series) {
    const int64_t first = offsets[series], length = offsets[series + 1] - first;
    const double* x = covariates + first * width;
    Fitted fit = chosen(Series(values + first, length, int(season), x, int(width)), what);
    if (width && !std::isfinite(fit.value))
      fit = chosen(Series(values + first, length, int(season)), what);
    fit.weights.resize(size_t(width), 0.0);
    std::copy(fit.weights.begin(), fit.weights.end(), weights + series * width);
    fit.form.write(forms + series * PLACES);
    const Orders& f = fit.form;
    const int sizes[4] = {f.p, f.P, f.q, f.Q};
    double* row = rows + series * widths.all();
    const double* from = fit.row.data();
    for (int part = 0; part < 4; ++part) {
      std::copy(from, from + sizes[part], row);
      from += sizes[part], row += what.most[part];
    }
    constants[series] = fit.constant;
    const double log2pi = 1.8378770664093453, count_of = f.coefficients() + f.constant + width;
    double* sum = sums + series * 4;
    sum[0] = -0.5 * (fit.value + fit.used * (log2pi + 1));
    sum[1] = fit.criterion + fit.used * (log2pi + 1);
    sum[2] = fit.sum / std::max(fit.used - count_of, 1.0);
    sum[3] = fit.used;
  });
}

// Runs every series: one-step forecasts go to `told` (NaN where nothing is known yet), states to
// `after`: s + s·s numbers, the state and its covariance, from `later[series]` on. Where `fresh`,
// the series begin there; else they go on, `steps` after their first, from the states `before`,
// which begin at `places[series]`, s numbers alone where the covariance is 0.
STEPAHEAD_CALL void stepahead_arima_filter(int64_t count, const int64_t* offsets,
                                           const double* values, int64_t season,
                                           const int64_t* forms, const int64_t* most,
                                           const double* rows, const double* constants,
                                           const int64_t* steps, int64_t fresh,
                                           const int64_t* places, const double* before,
                                           const int64_t* later, int64_t threads, double* after,
                                           double* told) {
  const Models models{int(season), forms, most, rows};
  each_series(count, threads, [&](int64_t series) {
    const Orders form = models.form(series);
    const Line line(form, models.season);
    Filter filter = models.filter(series);
    if (fresh) filter.begin(form, models.season);
    else filter.read(before + places[series], places[series + 1] - places[series]);
    for (int64_t t = offsets[series]; t < offsets[series + 1]; ++t) {
      const double step = double(steps[series] + t - offsets[series] + 1);
      const double own = constants[series] * line.at(step);
      told[t] = filter.open() ? std::nan("") : filter.forecast() + own;
      filter.step(values[t] - own);
    }
    filter.write(after + later[series]);
  });
}

// Forecasts `horizon` steps of every series, after `skip` more that are not told, and the standard
// deviation of each.
STEPAHEAD_CALL void stepahead_arima_forecast(int64_t count, int64_t season, const int64_t* forms,
                                             const int64_t* most, const double* rows,
                                             const double* constants, const double* variance,
                                             const int64_t* steps, const int64_t* places,
                                             const double* after, const int64_t* skip,
                                             int64_t horizon, int64_t threads, double* mean,
                                             double* spread) {
  const Models models{int(season), forms, most, rows};
  each_series(count, threads, [&](int64_t series) {
    const Orders form = models.form(series);
    const Line line(form, models.season);
    Filter filter = models.filter(series);
    filter.read(after + places[series], places[series + 1] - places[series]);
    for (int64_t t = 0; t < skip[series] + horizon; ++t) {
      const double point = filter.forecast() + constants[series] * line.at(steps[series] + t + 1.0);
      filter.step(std::nan(""));
      if (t < skip[series]) continue;
      mean[series * horizon + t - skip[series]] = point;
      spread[series * horizon + t - skip[series]] = std::sqrt(variance[series] * filter.f);
    }
  });
}
