// ARIMA with seasons: forms, and the filter of a series that may have gaps.
#pragma once

#include <cstdint>

#include "arma.h"

constexpr int PLACES = 7;  // p d q P D Q, and whether there is a constant

struct Orders {
  int p = 0, d = 0, q = 0, P = 0, D = 0, Q = 0;
  bool constant = false;

  static Orders read(const int64_t* from) {
    return {int(from[0]), int(from[1]), int(from[2]), int(from[3]),
            int(from[4]), int(from[5]), from[6] > 0};
  }
  void write(int64_t* to) const {
    const int all[PLACES] = {p, d, q, P, D, Q, constant};
    std::copy(all, all + PLACES, to);
  }
  int coefficients() const { return p + q + P + Q; }
  int lost(int m) const { return d + D * m; }
  // of the state: as many steps as the values that are known say something of
  int states(int m) const {
    return std::max({p + d + (P + D) * m, q + Q * m, 1});
  }
};

// Where the coefficients of a form lie in a row of them.
struct Widths {
  int p, P, q, Q;
  int all() const { return p + P + q + Q; }
};

// The polynomials of a form with coefficients `row`.
inline void arma_of(const Orders& form, const Widths& at, int m, const double* row, Arma& arma) {
  const double *phi = row, *seasonal = phi + at.p, *theta = seasonal + at.P, *late = theta + at.q;
  arma.ar.multiply(phi, form.p, seasonal, form.P, m, -1);
  arma.ma.multiply(theta, form.q, late, form.Q, m, 1);
}

// What the constant adds to step t of a series: it is that of the differences.
struct Line {
  bool there = false;
  double at0 = 0, slope = 0;

  Line(const Orders& form, int m) {
    if (!form.constant) return;
    there = true;
    if (form.d + form.D == 0) at0 = 1;
    else slope = form.d ? 1.0 : 1.0 / m;
  }
  double at(double step) const { return at0 + slope * step; }
};

// The Kalman filter of φ(B) (1−B)^d (1−B^m)^D y = θ(B) e, e of variance 1, in its innovations form:
//
//   y = a_1 + e,   a_i ← a_{i+1} + φ*_i a_1 + g_i e,   g = φ* + θ,
//
// where φ* includes the differences. The ARMA part begins stationary; what differencing takes away
// begins unknown: every column of `open` is a direction of which nothing is known, and a value that
// sees one closes it (Durbin & Koopman 2012, 5.2). A missing value moves the state on alone.
class Filter {
 public:
  int s;
  Numbers a, x;  // the state, and its covariance, row after row
  double f = 1, off = 0, logs = 0;
  bool settled = false;  // the covariance is 0
  std::vector<Numbers> more;  // states of other columns under the same filter
  std::vector<double> off_more;

  Filter(const Orders& form, int m, const Arma& arma) : s(form.states(m)), arma_(arma) {
    Numbers both = delta(form, m);
    phi_.assign(size_t(s) + 1, 0.0);
    for (int i = 0; i <= int(both.size()); ++i) {
      const double by = i ? -both[size_t(i - 1)] : 1.0;
      if (i) phi_[size_t(i - 1)] -= by;
      for (int lag : arma.ar.lags) phi_[size_t(i + lag - 1)] += by * arma.ar.at(lag);
    }
    g_.assign(size_t(s) + 1, 0.0);
    for (int i = 0; i < s; ++i) g_[i] = phi_[i] + arma.ma.at(i + 1);
    a.assign(size_t(s) + 1, 0.0);
    b_.assign(size_t(s), 0.0), c_ = b_, k_ = b_, u_ = b_;
  }

  // Begins before the first step; false if the coefficients are not stationary.
  bool begin(const Orders& form, int m) {
    if (!arma_.presample()) return false;
    x.assign(size_t(s + 1) * (s + 1), 0.0);
    const int r = arma_.reach;
    for (int i = 0; i < r; ++i)
      for (int k = 0; k < r; ++k) x[size_t(i) * (s + 1) + k] = arma_.x[size_t(i) * r + k];
    const Numbers both = delta(form, m);
    const int lost = int(both.size());
    for (int j = 1; j <= lost; ++j) {  // a value of 1, j steps before the first
      Numbers path(size_t(lost + s), 0.0), column(size_t(s) + 1, 0.0);
      path[size_t(lost - j)] = 1;
      for (int i = 0; i < s; ++i) {
        for (int l = 1; l <= lost; ++l) path[lost + i] += both[l - 1] * path[lost + i - l];
        column[i] = path[lost + i];
        for (int l = 1; l <= i; ++l) column[i] -= phi_[l - 1] * path[lost + i - l];
      }
      open_.push_back(std::move(column));
    }
    return true;
  }

  // As `write` wrote it.
  void read(const double* from, int64_t size) {
    std::copy(from, from + s, a.begin());
    x.assign(size_t(s + 1) * (s + 1), 0.0);
    settled = size == s;
    for (int i = 0; i < s && !settled; ++i)
      std::copy(from + s + i * s, from + s + (i + 1) * s, &x[size_t(i) * (s + 1)]);
  }
  void write(double* to) const {
    std::copy(a.begin(), a.begin() + s, to);
    for (int i = 0; i < s; ++i)
      for (int k = 0; k < s; ++k) to[s + i * s + k] = settled ? 0.0 : x[size_t(i) * (s + 1) + k];
  }

  bool open() const { return !open_.empty(); }
  double forecast() const { return a[0]; }
  double forecast_more(int column) const { return more[size_t(column)][0]; }

  // One step; true where the value counts as an error `off` of variance `f`.
  bool step(double y, const double* y_more = nullptr) {
    const bool seen = y == y;
    const int w = s + 1;
    const double x11 = settled ? 0.0 : x[0];
    f = x11 + 1;
    bool counts = false;
    double scale = 0;
    if (seen && open()) scale = turned();
    if (!settled)
      for (int i = 0; i < s; ++i) {
        b_[i] = x[size_t(i + 1) * w] + phi_[i] * x11;
        c_[i] = b_[i] + g_[i];
      }
    else
      for (int i = 0; i < s; ++i) b_[i] = 0, c_[i] = g_[i];
    if (!seen) {
      std::fill(k_.begin(), k_.end(), 0.0);
    } else if (scale != 0) {
      const Numbers& first = open_.back();
      for (int i = 0; i < s; ++i) k_[i] = (first[i + 1] + phi_[i] * first[0]) / scale;
      logs += 2 * std::log(std::abs(scale));
      open_.pop_back();
    } else {
      for (int i = 0; i < s; ++i) k_[i] = c_[i] / f;
      logs += std::log(f);
      counts = true;
    }
    off = move(a, seen ? y : a[0]);
    for (size_t k = 0; k < more.size(); ++k)
      off_more[k] = move(more[k], seen ? y_more[k] : more[k][0]);
    for (Numbers& column : open_) {
      const double first = column[0];
      for (int i = 0; i < s; ++i) column[i] = column[i + 1] + phi_[i] * first;
      if (counts)
        for (int i = 0; i < s; ++i) column[i] -= k_[i] * first;
    }
    if (settled && counts) return true;
    if (settled) x.assign(size_t(w) * w, 0.0), settled = false;
    spread(x11, seen);
    return counts;
  }

 private:
  Arma arma_;
  Numbers phi_, g_, b_, c_, k_, u_;
  std::vector<Numbers> open_;

  static Numbers delta(const Orders& form, int m) {
    Numbers c(size_t(form.lost(m)) + 1, 0.0);  // 1 − Σ c_j B^j = (1−B)^d (1−B^m)^D, c[0] = −1
    c[0] = -1;
    auto times = [&](int lag) {
      for (int i = int(c.size()) - 1; i >= lag; --i) c[i] -= c[i - lag];
    };
    for (int k = 0; k < form.d; ++k) times(1);
    for (int k = 0; k < form.D; ++k) times(m);
    return Numbers(c.begin() + 1, c.end());
  }

  double move(Numbers& state, double y) {
    const double first = state[0], error = y - first;
    for (int i = 0; i < s; ++i) state[i] = state[i + 1] + phi_[i] * first + k_[i] * error;
    return error;
  }

  // Turns the open columns so that the next value sees the last of them alone, and returns by how
  // much; 0 where it sees none.
  double turned() {
    double square = 0;
    for (const Numbers& column : open_) square += column[0] * column[0];
    if (square < 1e-12) return 0;
    Numbers& kept = open_.back();
    for (size_t j = 0; j + 1 < open_.size(); ++j) {
      Numbers& other = open_[j];
      const double length = std::hypot(kept[0], other[0]);
      if (other[0] == 0) continue;
      const double cosine = kept[0] / length, sine = other[0] / length;
      for (int i = 0; i < s; ++i) {
        const double one = kept[i], two = other[i];
        kept[i] = cosine * one + sine * two;
        other[i] = cosine * two - sine * one;
      }
      other[0] = 0;
    }
    return kept[0];
  }

  // X ← T X T' + g g' − K c' − c K' + f K K'.
  void spread(double x11, bool seen) {
    const int w = s + 1;
    double largest = 0;
    for (int i = 0; i < s; ++i) u_[i] = b_[i] - phi_[i] * x11;
    for (int i = 0; i < s; ++i) {
      double* __restrict__ row = &x[size_t(i) * w];
      const double* __restrict__ next = &x[size_t(i + 1) * w + 1];
      const double pi = phi_[i], bi = b_[i], gi = g_[i], ki = k_[i];
      const double ci = seen ? c_[i] - f * ki : 0.0;
      for (int k = 0; k < s; ++k)
        row[k] = next[k] + pi * u_[k] + bi * phi_[k] + gi * g_[k] - ki * c_[k] - ci * k_[k];
      largest = std::max(largest, row[i]);
    }
    settled = seen && !open() && largest < 1e-13;
  }
};
