// The stepwise choice of an ARIMA form (Hyndman & Khandakar 2008).
//
// Forms are compared by conditional sums of squares, gaps filled with lines; what is chosen is
// fitted by exact likelihood. (Compared by likelihood, M3 is forecast as well, and takes three
// times as long.)
#pragma once

#include <array>
#include <set>
#include <tuple>

#include "arima_fit.h"

// Parts of a form that are given, −1 where they are open, and the largest orders.
struct Wanted {
  int64_t part[PLACES];
  int most[4];  // p, P, q, Q
};

constexpr int FORMS = 94;  // at most so many are fitted
constexpr int LONGEST = 60;  // longer seasons have coefficients only where they are given
constexpr double APART = 1.01;  // from 0, in units of 1, are the roots of all that are chosen

// By how much the criterion of a form that drifts must be lower than that of any other: drifts are
// believed too easily, as second differences are, of which none are taken unless they are given (on
// M3, sMAPE 13.95 without the two rules, 13.65 with them).
constexpr double DRIFT = 2;

inline double score(const Fitted& fit) {
  const bool drifts = fit.form.constant && fit.form.d + fit.form.D > 0;
  return fit.criterion + (drifts ? DRIFT : 0.0);
}

class Search {
 public:
  Search(const Series& series, const Wanted& wanted) : series_(series), wanted_(wanted) {}

  // The best form; its criterion is infinite if none could be fitted.
  Fitted run() {
    Orders begin = differences();
    const int64_t own = int64_t(series_.whole.size()) - begin.lost(series_.m);
    const int small = std::max(int(own / 3), 0);
    auto limit = [&](int place, int part, int most) {
      if (wanted_.part[place] >= 0) low_[part] = high_[part] = int(wanted_.part[place]);
      else low_[part] = 0, high_[part] = std::max(std::min(wanted_.most[part], most), 0);
    };
    const int m = series_.m, late = m > 1 && m <= LONGEST ? small / m : 0;
    limit(0, 0, small), limit(3, 1, late), limit(2, 2, small), limit(5, 3, late);
    const bool may = begin.d + begin.D < 2;
    may_[0] = wanted_.part[6] == 0 || wanted_.part[6] < 0;
    may_[1] = wanted_.part[6] > 0 || (wanted_.part[6] < 0 && may);
    const bool first = may_[1];
    for (auto [p, P, q, Q] : {std::array{2, 1, 2, 1}, {0, 0, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 1}}) {
      const int tried[4] = {p, P, q, Q};
      attempt(begin, tried, first);
    }
    const int none[4] = {0, 0, 0, 0};
    if (may_[0] && may_[1]) attempt(begin, none, false);
    int open = 0, last = 0;
    for (int k = 0; k < 4; ++k)
      if (low_[k] < high_[k]) ++open, last = k;
    for (int size = 0; open == 1 && size <= high_[last]; ++size) {  // one order alone: all of them
      int tried[4] = {low_[0], low_[1], low_[2], low_[3]};
      tried[last] = size;
      for (bool constant : {false, true}) attempt(begin, tried, constant);
    }
    while (int(seen_.size()) < FORMS && improved()) {
    }
    return exact();
  }

 private:
  const Series& series_;
  const Wanted& wanted_;
  int low_[4], high_[4];
  bool may_[2];
  Fitted best_, close_;  // close_: the best of those with a root near the unit circle
  std::vector<Fitted> all_;
  std::set<std::tuple<int, int, int, int, bool>> seen_;

  Orders differences() const {
    Orders form;
    const int m = series_.m;
    std::vector<double> y = series_.left();
    const bool twice = m > 1 && int64_t(y.size()) > 2 * m && !constant(y);
    form.D = wanted_.part[4] >= 0 ? int(wanted_.part[4]) : twice && season_strength(y, m) > 0.64;
    if (wanted_.part[4] < 0 && form.D && constant(differenced(y, m))) form.D = 0;
    for (int k = 0; k < form.D; ++k) y = differenced(std::move(y), m);
    form.d = std::max(int(wanted_.part[1]), 0);
    if (wanted_.part[1] < 0) form.d = y.size() > 3 && !constant(y) && wanders(y);
    return form;
  }

  // Fits a form whose orders are clamped to what is allowed, once; true if it is the best so far.
  bool attempt(const Orders& from, const int* orders, bool constant) {
    int o[4];
    for (int k = 0; k < 4; ++k) o[k] = std::clamp(orders[k], low_[k], high_[k]);
    if (!may_[constant] || !seen_.emplace(o[0], o[1], o[2], o[3], constant).second) return false;
    Orders form = from;
    form.p = o[0], form.P = o[1], form.q = o[2], form.Q = o[3], form.constant = constant;
    const Numbers near = nearby(form);
    Fitted fit = fitted(series_, form, CONDITIONAL, ROUGHLY, near.empty() ? nullptr : &near);
    if (!std::isfinite(fit.criterion)) return false;
    if (!apart(fit)) {
      if (score(fit) < score(close_)) close_ = std::move(fit);
      return false;
    }
    all_.push_back(fit);
    if (!(score(fit) < score(best_))) return false;
    best_ = std::move(fit);
    return true;
  }

  // The best parameters so far, cut or filled up for another form.
  Numbers nearby(const Orders& form) const {
    if (best_.partial.empty()) return {};
    const Orders& b = best_.form;
    const int old[4] = {b.p, b.P, b.q, b.Q}, now[4] = {form.p, form.P, form.q, form.Q};
    Numbers x;
    for (int part = 0, at = 0; part < 4; at += old[part++])
      for (int k = 0; k < now[part]; ++k) x.push_back(k < old[part] ? best_.partial[at + k] : 0.01);
    return x;
  }

  bool apart(const Fitted& fit) const {
    Arma arma;
    const Orders& f = fit.form;
    arma.shape(f.p, f.P, f.q, f.Q, series_.m);
    arma_of(f, {f.p, f.P, f.q, f.Q}, series_.m, fit.row.data(), arma);
    Numbers theta = arma.ma.c;
    for (double& each : theta) each = -each;
    return roots_beyond(arma.ar.c, APART) && roots_beyond(theta, APART);
  }

  // One round: the first neighbour that is better.
  bool improved() {
    static const int steps[16][4] = {
        {0, -1, 0, 0}, {0, 0, 0, -1}, {0, 1, 0, 0}, {0, 0, 0, 1},
        {0, -1, 0, -1}, {0, -1, 0, 1}, {0, 1, 0, -1}, {0, 1, 0, 1},
        {-1, 0, 0, 0}, {0, 0, -1, 0}, {1, 0, 0, 0}, {0, 0, 1, 0},
        {-1, 0, -1, 0}, {-1, 0, 1, 0}, {1, 0, -1, 0}, {1, 0, 1, 0}};
    if (best_.row.empty() && !std::isfinite(best_.criterion)) return false;
    const Orders from = best_.form;
    const int now[4] = {from.p, from.P, from.q, from.Q};
    for (const auto& step : steps) {
      int next[4];
      bool inside = true;
      for (int k = 0; k < 4; ++k) {
        next[k] = now[k] + step[k];
        inside = inside && next[k] >= low_[k] && next[k] <= high_[k];
      }
      if (inside && attempt(from, next, from.constant)) return true;
      if (int(seen_.size()) >= FORMS) return false;
    }
    return attempt(from, now, !from.constant);
  }

  // The best of the forms whose roots also keep away when its likelihood is exact; where there is
  // none, the best of all.
  Fitted exact() {
    std::stable_sort(all_.begin(), all_.end(), [](const Fitted& one, const Fitted& other) {
      return score(one) < score(other);
    });
    Fitted first;
    for (const Fitted& each : all_) {
      Fitted fit = fitted(series_, each.form, EXACT, FULLY, &each.partial, true);
      if (std::isfinite(fit.criterion) && apart(fit)) return fit;
      if (!std::isfinite(first.criterion)) first = std::move(fit);
    }
    if (!std::isfinite(close_.criterion)) return first;
    return fitted(series_, close_.form, EXACT, FULLY, &close_.partial, true);
  }
};
