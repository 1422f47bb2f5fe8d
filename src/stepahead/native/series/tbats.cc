// Exponential smoothing with seasons as turning waves and ARMA errors: errors of one step ahead.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "series.h"

namespace {

constexpr int kLags = 3;             // of the series that level and waves learn from, and of errors
constexpr int kFirst = 2 + 2 * kLags;  // places in a state before the waves
constexpr int kRates = 4 + 2 * kLags;  // coefficients before those of the seasons
constexpr int kLong = 1024;  // steps after which what an error leaves must not have grown ...
constexpr double kGrown = 2.7;  // ... by more than a double root at 1 lets it

// One form with its coefficients: ω, α, β, φ, those of lags and of errors, and the rate of each
// season. A state holds level, growth, lags, errors, and two numbers of each wave.
struct Model {
  double omega, scale, alpha, beta, phi, lag[kLags], past[kLags];
  int most, waves;
  std::vector<double> cosine, sine, gain;

  Model(const double* rates, double mean_log, int most, const double* angle,
        const int64_t* season)
      : omega(rates[0]), scale(std::exp((1 - omega) * mean_log)), alpha(rates[1]), beta(rates[2]),
        phi(rates[3]), most(most), waves(0) {
    std::copy_n(rates + 4, kLags, lag);
    std::copy_n(rates + 4 + kLags, kLags, past);
    for (int h = 0; h < most && season[h] >= 0; ++h) {
      const double turn = std::sin(angle[h]);
      cosine.push_back(std::cos(angle[h])), sine.push_back(std::abs(turn) < 1e-12 ? 0 : turn);
      gain.push_back(rates[kRates + season[h]]);
      ++waves;
    }
  }

  int size() const { return kFirst + 2 * most; }

  // The value's power, such that errors of all powers have one unit.
  double transformed(double y) const {
    if (omega == 1) return y;
    if (!(y > 0)) return std::numeric_limits<double>::quiet_NaN();
    const double size = std::log(y);
    const double power = omega < 1e-8 ? size : std::expm1(omega * size) / omega;
    return power * scale;
  }

  // What is expected at this step.
  double told(const double* x) const {
    double sum = x[0] + phi * x[1];
    for (int i = 0; i < kLags; ++i) sum += lag[i] * x[2 + i] + past[i] * x[2 + kLags + i];
    const double* s = x + kFirst;
    for (int h = 0; h < waves; ++h) sum += s[h];
    return sum;
  }

  // The state after a step with this error.
  void move(double* x, double error) const {
    double d = error;
    for (int i = 0; i < kLags; ++i) d += lag[i] * x[2 + i] + past[i] * x[2 + kLags + i];
    x[0] += phi * x[1] + alpha * d;
    x[1] = phi * x[1] + beta * d;
    for (int i = kLags - 1; i > 0; --i) x[2 + i] = x[1 + i], x[2 + kLags + i] = x[1 + kLags + i];
    x[2] = d, x[2 + kLags] = error;
    double *s = x + kFirst, *u = s + most;
    for (int h = 0; h < waves; ++h) {
      const double a = s[h] + gain[h] * d, b = u[h];
      s[h] = a * cosine[h] + b * sine[h];
      u[h] = b * cosine[h] - a * sine[h];
    }
  }

  // The weights of a first state in what is expected at the first step.
  void first(double* v) const {
    v[0] = 1, v[1] = phi;
    std::copy_n(lag, kLags, v + 2), std::copy_n(past, kLags, v + 2 + kLags);
    std::fill_n(v + kFirst, waves, 1.0), std::fill_n(v + kFirst + most, waves, 0.0);
  }

  // Those weights a step later, where every step was observed.
  void later(double* v) const {
    double learnt = alpha * v[0] + beta * v[1] + v[2];
    double *s = v + kFirst, *u = s + most;
    for (int h = 0; h < waves; ++h) {
      const double a = s[h] * cosine[h] - u[h] * sine[h], b = s[h] * sine[h] + u[h] * cosine[h];
      s[h] = a, u[h] = b;
      learnt += gain[h] * a;
    }
    const double all = learnt + v[2 + kLags];
    for (int h = 0; h < waves; ++h) s[h] -= all;
    v[1] = phi * (v[0] + v[1] - all);
    v[0] -= all;
    for (int i = 0; i < kLags; ++i) {
      const bool more = i + 1 < kLags;
      v[2 + i] = (learnt - all) * lag[i] + (more ? v[3 + i] : 0);
      v[2 + kLags + i] = (learnt - all) * past[i] + (more ? v[3 + kLags + i] : 0);
    }
  }

  // True if an error does not leave more and more.
  bool forgets() const {
    std::vector<double> x(size());
    move(x.data(), 1);
    auto largest = [&] {
      double most = 0;
      for (int t = 0; t < kLong; ++t) {
        const double left = told(x.data());
        most = std::max(most, std::abs(left));
        move(x.data(), -left);
      }
      return most;
    };
    const double before = largest();
    return largest() <= kGrown * before + 1e-9 && before < 1e100;
  }
};

// What is expected at every step from this state on, which moves to the last. Where a value is
// missing, nothing is learned.
void walk(const Model& model, const double* y, int64_t n, double* x, double* told) {
  for (int64_t t = 0; t < n; ++t) {
    told[t] = model.told(x);
    const double z = model.transformed(y[t]);
    model.move(x, std::isnan(z) ? 0.0 : z - told[t]);
  }
}

// What a 1 at each free place of the first state adds to what is expected at every step, `rows`
// apart; that of a missing step is 0. Lags and errors before the first step are 0 and not free.
void first_state(const Model& model, const double* y, int64_t n, int rows, double* out) {
  const int free = 2 + 2 * model.most;
  auto place = [](int i) { return i < 2 ? i : kFirst + i - 2; };
  std::vector<double> v(model.size());
  if (std::none_of(y, y + n, [](double each) { return std::isnan(each); })) {
    model.first(v.data());
    for (int64_t t = 0; t < n; ++t, model.later(v.data()))
      for (int i = 0; i < free; ++i) out[t * rows + i] = v[place(i)];
    return;
  }
  // With gaps the states themselves are followed, one for each place, all at a time.
  std::vector<double> states(size_t(model.size()) * free), told(free), d(free);
  auto at = [&](int row) { return &states[size_t(row) * free]; };
  for (int i = 0; i < free; ++i) {
    const bool unused = i >= 2 && (i - 2) % std::max(model.most, 1) >= model.waves;
    at(place(i))[i] = unused ? 0 : 1;
  }
  for (int64_t t = 0; t < n; ++t) {
    std::fill(d.begin(), d.end(), 0.0);
    for (int i = 0; i < 2 * kLags; ++i) {
      const double rate = i < kLags ? model.lag[i] : model.past[i - kLags];
      const double* row = at(2 + i);
      for (int j = 0; j < free && rate != 0; ++j) d[j] += rate * row[j];
    }
    double *level = at(0), *growth = at(1);
    for (int j = 0; j < free; ++j) told[j] = level[j] + model.phi * growth[j] + d[j];
    for (int h = 0; h < model.waves; ++h) {
      const double* s = at(kFirst + h);
      for (int j = 0; j < free; ++j) told[j] += s[j];
    }
    const double there = std::isnan(y[t]) ? 0 : 1;
    for (int j = 0; j < free; ++j) {
      out[t * rows + j] = there * told[j];
      d[j] -= there * told[j];
      level[j] += model.phi * growth[j] + model.alpha * d[j];
      growth[j] = model.phi * growth[j] + model.beta * d[j];
    }
    std::copy_backward(at(2), at(1 + kLags), at(2 + kLags));
    std::copy_backward(at(2 + kLags), at(1 + 2 * kLags), at(2 + 2 * kLags));
    double *newest = at(2), *error = at(2 + kLags);
    for (int j = 0; j < free; ++j) newest[j] = d[j], error[j] = -there * told[j];
    for (int h = 0; h < model.waves; ++h) {
      double *s = at(kFirst + h), *u = at(kFirst + model.most + h);
      const double gain = model.gain[h], cosine = model.cosine[h], sine = model.sine[h];
      for (int j = 0; j < free; ++j) {
        const double a = s[j] + gain * d[j];
        s[j] = a * cosine + u[j] * sine;
        u[j] = u[j] * cosine - a * sine;
      }
    }
  }
}

// Products of every two of `size` columns, four rows at a time; rows are a multiple of 4.
void products(const std::vector<double>& rows, int size, double* cross) {
  for (size_t t = 0; t < rows.size(); t += 4 * size_t(size)) {
    const double *a = &rows[t], *b = a + size, *c = b + size, *d = c + size;
    for (int i = 0; i < size; ++i) {
      double* sum = cross + size_t(i) * size;
      for (int j = 0; j <= i; ++j) sum[j] += a[i] * a[j] + b[i] * b[j] + c[i] * c[j] + d[i] * d[j];
    }
  }
  for (int i = 0; i < size; ++i)
    for (int j = 0; j < i; ++j) cross[size_t(j) * size + i] = cross[size_t(i) * size + j];
}

// Errors of every step from this state on, 0 where a value is missing.
void errors_of(const Model& model, const double* y, int64_t n, std::vector<double> x,
               double* error) {
  walk(model, y, n, x.data(), error);
  for (int64_t t = 0; t < n; ++t) {
    const double z = model.transformed(y[t]);
    error[t] = std::isnan(z) ? 0.0 : z - error[t];
  }
}

// One form's series, seasons and waves, as every call gets them.
struct Given {
  const int64_t* offsets;
  const double *values, *mean_log;
  int seasons, most;
  const double* angle;
  const int64_t* season;

  int numbers() const { return kRates + seasons; }
  int size() const { return kFirst + 2 * most; }
  const double* of(int64_t series) const { return values + offsets[series]; }
  int64_t steps(int64_t series) const { return offsets[series + 1] - offsets[series]; }
  Model model(int64_t series, const double* rates) const {
    return Model(rates, mean_log[series], most, angle + series * most,
                 season + series * most);
  }
};

}  // namespace

// For every series, the squares of its errors from a first state on, and what a step of Gauss and
// Newton needs: slopes of the errors in `moves` coefficients (rates of lane 1 and on differ from
// those of lane 0 in one of them, by `moved`) and in the free places of the first state, multiplied
// with one another and with the errors.
STEPAHEAD_CALL void stepahead_tbats_slopes(
    int64_t count, const int64_t* offsets, const double* values, const double* mean_log,
    int64_t seasons, int64_t most, const double* angle, const int64_t* season, int64_t moves,
    const double* rates, const double* moved, const double* start, int64_t threads, double* cross,
    double* uphill, double* squares) {
  const Given given{offsets, values, mean_log, int(seasons), int(most), angle, season};
  const int free = 2 + 2 * int(most), columns = int(moves) + free;
  each_series(count, int(threads), [&](int64_t series) {
    const int64_t n = given.steps(series);
    const double *y = given.of(series), *own = rates + series * (moves + 1) * given.numbers();
    const double* begin = start + series * given.size();
    const std::vector<double> x(begin, begin + given.size());
    std::vector<double> error(n), other(n), rows(size_t((n + 3) / 4 * 4) * columns);
    const Model model = given.model(series, own);
    errors_of(model, y, n, x, error.data());
    for (int p = 0; p < moves; ++p) {
      errors_of(given.model(series, own + (p + 1) * given.numbers()), y, n, x, other.data());
      const double by = 1 / moved[series * moves + p];
      for (int64_t t = 0; t < n; ++t) rows[t * columns + p] = (error[t] - other[t]) * by;
    }
    first_state(model, y, n, columns, rows.data() + moves);
    products(rows, columns, cross + series * columns * columns);
    double* slope = uphill + series * columns;
    for (int64_t t = 0; t < n; ++t) {
      squares[series] += error[t] * error[t];
      for (int i = 0; i < columns; ++i) slope[i] -= rows[t * columns + i] * error[t];
    }
  });
}

// Squares of the errors of every series, in every lane of coefficients and first states; infinite
// where coefficients do not forget.
STEPAHEAD_CALL void stepahead_tbats_squares(int64_t count, const int64_t* offsets,
                                            const double* values, const double* mean_log,
                                            int64_t seasons, int64_t most, const double* angle,
                                            const int64_t* season, int64_t lanes,
                                            const double* rates, const double* start,
                                            int64_t threads, double* squares) {
  const Given given{offsets, values, mean_log, int(seasons), int(most), angle, season};
  each_series(count * lanes, int(threads), [&](int64_t one) {
    const int64_t series = one / lanes, n = given.steps(series);
    const Model model = given.model(series, rates + one * given.numbers());
    const double* begin = start + one * given.size();
    std::vector<double> error(n);
    errors_of(model, given.of(series), n, {begin, begin + given.size()}, error.data());
    for (double each : error) squares[one] += each * each;
    if (!model.forgets()) squares[one] = std::numeric_limits<double>::infinity();
  });
}

// What is expected, as a power, at every step from given states on, which move to the last.
STEPAHEAD_CALL void stepahead_tbats_filter(int64_t count, const int64_t* offsets,
                                           const double* values, const double* mean_log,
                                           int64_t seasons, int64_t most, const double* angle,
                                           const int64_t* season, const double* rates,
                                           double* state, int64_t threads, double* told) {
  const Given given{offsets, values, mean_log, int(seasons), int(most), angle, season};
  each_series(count, int(threads), [&](int64_t series) {
    const Model model = given.model(series, rates + series * given.numbers());
    walk(model, given.of(series), given.steps(series), state + series * given.size(),
         told + offsets[series]);
  });
}
