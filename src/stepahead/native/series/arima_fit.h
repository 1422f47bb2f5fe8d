// One ARIMA form, fitted to one series.
#pragma once

#include "arima.h"
#include "differences.h"
#include "newton.h"

constexpr double NEVER = std::numeric_limits<double>::infinity();
constexpr double EDGE = 1 - 1e-5;  // partial autocorrelations end here

struct Fitted {
  Orders form;
  Numbers partial, row;     // as partial autocorrelations; as coefficients: φ, Φ, θ, Θ
  double constant = 0;
  Numbers weights;          // of the covariates
  double value = NEVER;     // n log of what was minimised: −2 log L but for a term of n
  double sum = NEVER;       // of squares, without the determinant
  double used = 0;          // values that count
  double criterion = NEVER;
};

// Takes what later columns explain, by least squares, out of the first, and returns their weights; a
// column that those before it explain but for rounding has the weight 0.
inline Numbers regressed(std::vector<Numbers>& columns) {
  const int count = int(columns.size()) - 1;
  auto dot = [](const Numbers& a, const Numbers& b) {
    double sum = 0;
    for (size_t t = 0; t < a.size(); ++t) sum += a[t] * b[t];
    return sum;
  };
  Numbers weights(size_t(count), 0.0), own(size_t(count), 0.0), by(size_t(count) * count, 0.0);
  for (int j = 0; j < count; ++j) {
    Numbers& column = columns[size_t(j + 1)];
    const double before = dot(column, column);
    for (int k = 0; k < j; ++k) {
      if (!(own[k] > 0)) continue;
      const Numbers& other = columns[size_t(k + 1)];
      const double share = by[size_t(k) * count + j] = dot(other, column) / own[k];
      for (size_t t = 0; t < column.size(); ++t) column[t] -= share * other[t];
    }
    own[j] = dot(column, column);
    if (!(own[j] > 1e-12 * before)) {
      own[j] = 0;
      continue;
    }
    weights[j] = dot(columns[0], column) / own[j];
    for (size_t t = 0; t < column.size(); ++t) columns[0][t] -= weights[j] * column[t];
  }
  for (int j = count - 1; j >= 0; --j)
    for (int k = j + 1; own[j] > 0 && k < count; ++k)
      weights[j] -= by[size_t(j) * count + k] * weights[k];
  return weights;
}

// A series: as it is, without gaps, and its differences, with the covariates of every step.
struct Series {
  const double* y;
  int64_t n, seen = 0;
  int m;
  std::vector<double> whole;
  std::vector<Numbers> beside;  // column after column

  Series(const double* y, int64_t n, int m, const double* x = nullptr, int width = 0)
      : y(y), n(n), m(m), whole(without_gaps(y, n)), beside(size_t(width), Numbers(size_t(n))) {
    for (int64_t t = 0; t < n; ++t) {
      seen += y[t] == y[t];
      for (int k = 0; k < width; ++k) beside[size_t(k)][size_t(t)] = x[t * width + k];
    }
  }
  bool gaps() const { return seen < n; }
  int width() const { return int(beside.size()); }
  std::vector<double> differences(std::vector<double> w, int d, int D) const {
    for (int k = 0; k < D; ++k) w = differenced(std::move(w), m);
    for (int k = 0; k < d; ++k) w = differenced(std::move(w), 1);
    return w;
  }
  // Without what the covariates explain of it by least squares.
  std::vector<double> left() const {
    if (beside.empty()) return whole;
    std::vector<Numbers> columns{whole, Numbers(whole.size(), 1.0)};
    columns.insert(columns.end(), beside.begin(), beside.end());
    regressed(columns);
    return columns[0];
  }
};

enum Way { CONDITIONAL, EXACT };

// Errors of a form at several parameter vectors, for `least_squares`.
class Errors {
 public:
  Errors(const Series& series, const Orders& form, Way way)
      : series_(series), form_(form), line_(form, series.m),
        widths_{form.p, form.P, form.q, form.Q},
        gaps_(way == EXACT && series.gaps()), way_(way),
        w_(series.differences(series.whole, form.d, form.D)), ones_(w_.size(), 1.0),
        row_(form.coefficients()) {
    arma_.shape(form.p, form.P, form.q, form.Q, series.m);
    const int n = int(w_.size());
    rows_ = gaps_ ? int(series.n) : n + (way == EXACT ? std::min(arma_.reach, n) : 0);
    used_ = gaps_ ? double(series.seen - form.lost(series.m)) : double(n);
    found_.resize(size_t(1 + form.constant + series.width()));
    for (const Numbers& each : series.beside)
      beside_.push_back(series.differences(each, form.d, form.D));
    columns_.push_back(w_.data());
    if (form.constant) columns_.push_back(ones_.data());
    for (const Numbers& each : beside_) columns_.push_back(each.data());
  }

  int rows() const { return rows_; }
  double used() const { return used_; }

  // The coefficients of partial autocorrelations x[parameter · stride].
  const Numbers& row_of(const double* x, int stride) {
    double r[LARGEST];
    int at = 0;
    const int sizes[4] = {form_.p, form_.P, form_.q, form_.Q};
    for (int part = 0; part < 4; ++part) {
      for (int k = 0; k < sizes[part]; ++k) r[k] = x[size_t(at + k) * stride];
      of_partial(r, sizes[part], row_.data() + at);
      if (part > 1)
        for (int k = 0; k < sizes[part]; ++k) row_[at + k] = -row_[at + k];
      at += sizes[part];
    }
    return row_;
  }

  void operator()(int lanes, const double* x, double* r) {
    for (int lane = 0; lane < lanes; ++lane) {
      const bool fine = one(row_of(x + lane, lanes));
      const double scale = fine ? std::exp(0.5 * logs / used_) : NEVER;
      for (int t = 0; t < rows_; ++t)
        r[size_t(t) * lanes + lane] = fine ? scale * found_[0][t] : NEVER;
    }
  }

  Numbers weights;  // of the constant and the covariates
  double logs = 0;

  // The errors of the series beside the constant and the weights by which they are least.
  bool one(const Numbers& row) {
    arma_of(form_, widths_, series_.m, row.data(), arma_);
    logs = 0;
    if (gaps_) {
      if (!filtered()) return false;
    } else if (way_ == EXACT) {
      if (!exact_(arma_, int(w_.size()), columns_, found_)) return false;
      logs = exact_.logs;
    } else {
      for (size_t k = 0; k < found_.size(); ++k) {
        found_[k].resize(w_.size());
        Exact::filtered(arma_, int(w_.size()), columns_[k], found_[k].data());
      }
    }
    weights = regressed(found_);
    return std::all_of(weights.begin(), weights.end(), [](double w) { return std::isfinite(w); });
  }

 private:
  bool filtered() {
    Filter filter(form_, series_.m, arma_);
    if (!filter.begin(form_, series_.m)) return false;
    filter.more.assign(found_.size() - 1, filter.a);
    filter.off_more.assign(found_.size() - 1, 0.0);
    for (Numbers& each : found_) each.assign(size_t(rows_), 0.0);
    Numbers more(found_.size());
    for (int64_t t = 0; t < series_.n; ++t) {
      auto at = more.begin();
      if (line_.there) *at++ = line_.at(double(t + 1));
      for (const Numbers& each : series_.beside) *at++ = each[size_t(t)];
      if (!filter.step(series_.y[t], more.data())) continue;
      const double by = 1 / std::sqrt(filter.f);
      found_[0][t] = filter.off * by;
      for (size_t k = 1; k < found_.size(); ++k) found_[k][t] = filter.off_more[k - 1] * by;
    }
    logs = filter.logs;
    return !filter.open() && std::isfinite(logs);
  }

  const Series& series_;
  Orders form_;
  Line line_;
  Widths widths_;
  bool gaps_;
  Way way_;
  Numbers w_, ones_, row_;
  std::vector<const double*> columns_;
  std::vector<Numbers> beside_, found_;
  Arma arma_;
  Exact exact_;
  int rows_ = 0;
  double used_ = 0;
};

// Partial autocorrelations with which a fit may begin; those of each part but its first begin
// near 0.
inline std::vector<Numbers> beginnings(const Orders& form) {
  std::vector<Numbers> all(1);
  const Numbers firsts[4] = {{-0.3, 0.3, 0.8}, {0.1, 0.6}, {-0.3, 0.3, 0.7}, {0.1, 0.6}};
  const int sizes[4] = {form.p, form.P, form.q, form.Q};
  for (int part = 0; part < 4; ++part) {
    if (!sizes[part]) continue;
    std::vector<Numbers> more;
    for (const Numbers& each : all)
      for (double first : firsts[part]) {
        more.push_back(each);
        more.back().push_back(first);
        for (int k = 1; k < sizes[part]; ++k) more.back().push_back(0.01);
      }
    all.swap(more);
  }
  return all;
}

inline double sum_of(Errors& errors, const Numbers& x, Numbers& r) {
  r.resize(size_t(errors.rows()));
  errors(1, x.data(), r.data());
  double sum = 0;
  for (double each : r) sum += each * each;
  return std::isfinite(sum) ? sum : NEVER;
}

inline double lower(Errors& errors, const Bounds& box, Numbers& x, const Descent& how) {
  auto residuals = [&](int lanes, const double* at, double* r) { errors(lanes, at, r); };
  return least_squares(residuals, errors.rows(), box, x, how);
}

// The beginning of the least conditional sum of squares, of `near` too if that is given.
inline Numbers start_of(Errors& rough, const Orders& form, const Numbers* near) {
  std::vector<Numbers> all = beginnings(form);
  if (near && near->size() == all[0].size()) all.push_back(*near);
  Numbers best, r;
  double lowest = NEVER;
  for (const Numbers& each : all) {
    const double sum = sum_of(rough, each, r);
    if (sum < lowest) lowest = sum, best = each;
  }
  return best;
}

constexpr size_t HILLS = 3;      // a likelihood may have several: so many are climbed
constexpr double ASUNDER = 0.2;  // the difference of some parameter on two of them

// Every beginning after a few steps toward the least conditional sum of squares, the likeliest
// first, as far as they lie asunder.
inline std::vector<Numbers> starts_of(Errors& errors, Errors& rough, const Orders& form,
                                      const Bounds& box) {
  std::vector<std::pair<double, Numbers>> all;
  Numbers r;
  for (Numbers& x : beginnings(form)) {
    lower(rough, box, x, {4, 1e-3});
    all.emplace_back(sum_of(errors, x, r), x);
  }
  std::sort(all.begin(), all.end());
  auto asunder = [](const Numbers& one, const Numbers& other) {
    for (size_t i = 0; i < one.size(); ++i)
      if (std::abs(one[i] - other[i]) > ASUNDER) return true;
    return false;
  };
  std::vector<Numbers> best;
  for (const auto& [sum, x] : all) {
    const bool apart = std::all_of(best.begin(), best.end(), [&, &x = x](const Numbers& other) {
      return asunder(x, other);
    });
    if (std::isfinite(sum) && apart && best.size() < HILLS) best.push_back(x);
  }
  return best;
}

// How long is searched: to compare forms, and for the one that is kept, which is polished after.
constexpr Descent ROUGHLY{20, 1e-5}, FULLY{60, 1e-4};

// Fits a form, from `near` where it `begins` there, else from the usual beginnings, and `near` if
// that is given. Least squares go slowly where the likelihood is flat, as it is where a moving
// average comes near the edge: the exact likelihood is polished by Newton's method.
inline Fitted fitted(const Series& series, const Orders& form, Way way, const Descent& how,
                     const Numbers* near = nullptr, bool begins = false) {
  Fitted fit;
  fit.form = form;
  Errors errors(series, form, way);
  const int k = form.coefficients(), linear = form.constant + series.width();
  fit.used = errors.used();
  if (!(fit.used > k + linear)) return fit;
  Numbers r;
  if (k) {
    Errors rough(series, form, CONDITIONAL);
    const Bounds box{Numbers(k, -EDGE), Numbers(k, EDGE), Numbers(k, 1e-6)};
    std::vector<Numbers> starts;
    if (begins) starts.push_back(*near);
    else if (way == EXACT) starts = starts_of(errors, rough, form, box);
    else starts.push_back(start_of(rough, form, near));
    double lowest = NEVER;
    for (Numbers& x : starts) {
      if (x.empty()) continue;
      for (double& each : x) each = std::clamp(each, -EDGE, EDGE);
      const double sum = lower(errors, box, x, how);
      if (sum < lowest) lowest = sum, fit.partial = x;
    }
    if (fit.partial.empty()) return fit;
    auto value = [&](const Numbers& x) { return fit.used * std::log(sum_of(errors, x, r)); };
    if (way == EXACT) newton(value, box, fit.partial, 30, 1e-8);
  }
  const double scaled = sum_of(errors, fit.partial, r);
  if (!std::isfinite(scaled)) return fit;
  fit.row = errors.row_of(fit.partial.data(), 1);
  fit.constant = form.constant ? errors.weights[0] : 0.0;
  fit.weights.assign(errors.weights.begin() + form.constant, errors.weights.end());
  fit.value = fit.used * std::log(std::max(scaled / fit.used, 1e-300));
  fit.sum = scaled / std::exp(errors.logs / fit.used);
  const double count = k + linear + 1, left = fit.used - count - 1;
  fit.criterion = left > 0 ? fit.value + 2 * count + 2 * count * (count + 1) / left : NEVER;
  return fit;
}
