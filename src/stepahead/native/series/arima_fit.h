// One ARIMA form, fitted to one series.
#pragma once

#include "arima.h"
#include "differences.h"
#include "least_squares.h"

constexpr double NEVER = std::numeric_limits<double>::infinity();
constexpr double EDGE = 1 - 1e-5;  // partial autocorrelations end here

struct Fitted {
  Orders form;
  Numbers partial, row;     // as partial autocorrelations; as coefficients: φ, Φ, θ, Θ
  double constant = 0;
  double value = NEVER;     // n log of what was minimised: −2 log L but for a term of n
  double sum = NEVER;       // of squares, without the determinant
  double used = 0;          // values that count
  double criterion = NEVER;
};

// A series: as it is, without gaps, and its differences.
struct Series {
  const double* y;
  int64_t n, seen = 0;
  int m;
  std::vector<double> whole;

  Series(const double* y, int64_t n, int m) : y(y), n(n), m(m), whole(without_gaps(y, n)) {
    for (int64_t t = 0; t < n; ++t) seen += y[t] == y[t];
  }
  bool gaps() const { return seen < n; }
  std::vector<double> differences(int d, int D) const {
    std::vector<double> w = whole;
    for (int k = 0; k < D; ++k) w = differenced(std::move(w), m);
    for (int k = 0; k < d; ++k) w = differenced(std::move(w), 1);
    return w;
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
        w_(series.differences(form.d, form.D)), ones_(w_.size(), 1.0), row_(form.coefficients()) {
    arma_.shape(form.p, form.P, form.q, form.Q, series.m);
    const int n = int(w_.size());
    rows_ = gaps_ ? int(series.n) : n + (way == EXACT ? std::min(arma_.reach, n) : 0);
    used_ = gaps_ ? double(series.seen - form.lost(series.m)) : double(n);
    found_.resize(form.constant ? 2 : 1);
    columns_.push_back(w_.data());
    if (form.constant) columns_.push_back(ones_.data());
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
        r[size_t(t) * lanes + lane] =
            fine ? scale * (found_[0][t] - (line_.there ? constant * found_[1][t] : 0.0)) : NEVER;
    }
  }

  double constant = 0, logs = 0;

  // The errors of the columns, and the constant by which they are least.
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
    if (!line_.there) return true;
    double top = 0, bottom = 0;
    for (int t = 0; t < rows_; ++t)
      top += found_[0][t] * found_[1][t], bottom += found_[1][t] * found_[1][t];
    constant = top / bottom;
    return std::isfinite(constant);
  }

 private:
  bool filtered() {
    Filter filter(form_, series_.m, arma_);
    if (!filter.begin(form_, series_.m)) return false;
    if (line_.there) filter.more.assign(1, filter.a), filter.off_more.assign(1, 0.0);
    for (Numbers& each : found_) each.assign(size_t(rows_), 0.0);
    for (int64_t t = 0; t < series_.n; ++t) {
      const double more = line_.at(double(t + 1));
      if (!filter.step(series_.y[t], &more)) continue;
      const double by = 1 / std::sqrt(filter.f);
      found_[0][t] = filter.off * by;
      if (line_.there) found_[1][t] = filter.off_more[0] * by;
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
  std::vector<Numbers> found_;
  Arma arma_;
  Exact exact_;
  int rows_ = 0;
  double used_ = 0;
};

// Partial autocorrelations with which a fit may begin; those of each part but its first begin near 0.
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

// The best beginning, of `near` too if that is given; where the likelihood is exact, also the best of
// those that begin otherwise in every part, for there are likelihoods with two hills.
inline std::vector<Numbers> starts_of(Errors& rough, const Orders& form, Way way,
                                      const Numbers* near) {
  std::vector<Numbers> all = beginnings(form), best;
  if (near && near->size() == all[0].size()) all.push_back(*near);
  Numbers sums, r;
  for (const Numbers& each : all) sums.push_back(sum_of(rough, each, r));
  const int sizes[4] = {form.p, form.P, form.q, form.Q};
  auto apart = [&](const Numbers& one, const Numbers& other) {
    for (int part = 0, at = 0; part < 4; at += sizes[part++])
      if (sizes[part] && one[at] == other[at]) return false;
    return true;
  };
  for (int round = 0; round < (way == EXACT ? 2 : 1); ++round) {
    int taken = -1;
    double lowest = NEVER;
    for (size_t k = 0; k < all.size(); ++k)
      if (sums[k] < lowest && (best.empty() || apart(all[k], best[0])))
        lowest = sums[k], taken = int(k);
    if (taken >= 0) best.push_back(all[size_t(taken)]);
  }
  return best;
}

// How long is searched: to compare forms, and for the one that is kept.
constexpr Descent ROUGHLY{20, 1e-5}, FULLY{60, 1e-9};

// Fits a form, from `near` where it `begins` there, else from the best of that, if it is given, and
// of the usual beginnings.
inline Fitted fitted(const Series& series, const Orders& form, Way way, const Descent& how,
                     const Numbers* near = nullptr, bool begins = false) {
  Fitted fit;
  fit.form = form;
  Errors errors(series, form, way);
  const int k = form.coefficients();
  fit.used = errors.used();
  if (!(fit.used > k + form.constant)) return fit;
  Numbers r;
  if (k) {
    Errors rough(series, form, CONDITIONAL);
    const Bounds box{Numbers(k, -EDGE), Numbers(k, EDGE), Numbers(k, 1e-6)};
    double lowest = NEVER;
    for (Numbers& x : begins ? std::vector<Numbers>{*near} : starts_of(rough, form, way, near)) {
      for (double& each : x) each = std::clamp(each, -EDGE, EDGE);
      if (way == EXACT && !begins) lower(rough, box, x, {3, 1e-3});
      const double sum = lower(errors, box, x, how);
      if (sum < lowest) lowest = sum, fit.partial = x;
    }
    if (fit.partial.empty()) return fit;
  }
  const double scaled = sum_of(errors, fit.partial, r);
  if (!std::isfinite(scaled)) return fit;
  fit.row = errors.row_of(fit.partial.data(), 1);
  fit.constant = form.constant ? errors.constant : 0.0;
  fit.value = fit.used * std::log(std::max(scaled / fit.used, 1e-300));
  fit.sum = scaled / std::exp(errors.logs / fit.used);
  const double count = k + form.constant + 1, left = fit.used - count - 1;
  fit.criterion = left > 0 ? fit.value + 2 * count + 2 * count * (count + 1) / left : NEVER;
  return fit;
}
