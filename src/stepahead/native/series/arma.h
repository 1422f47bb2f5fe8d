// Autoregressive moving averages: their polynomials, and the exact likelihood of a series without
// gaps.
//
// w_t = Σ φ_j w_{t−j} + e_t + Σ θ_j e_{t−j}. What the past before the first step adds to step i is
// x_i = Σ φ_j w_{i−j} + Σ θ_j e_{i−j} over j ≥ i, with covariance X (in units of the variance
// of e).
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

constexpr int LARGEST = 24;  // no order is larger

using Numbers = std::vector<double>;

// One polynomial: c[j−1] goes with lag j; `lags` are those that may differ from 0.
struct Polynomial {
  Numbers c;
  std::vector<int> lags;

  int size() const { return int(c.size()); }
  double at(int lag) const { return lag >= 1 && lag <= size() ? c[size_t(lag - 1)] : 0.0; }

  // Products of 1 + sign Σ a B^j and 1 + sign Σ b B^{mj} have such lags.
  void shape(int plain, int seasonal, int m) {
    c.assign(size_t(plain + seasonal * m), 0.0);
    lags.clear();
    std::vector<char> there(c.size() + 1);
    for (int i = 0; i <= plain; ++i)
      for (int j = 0; j <= seasonal; ++j) there[size_t(i + j * m)] = 1;
    for (int lag = 1; lag <= size(); ++lag)
      if (there[size_t(lag)]) lags.push_back(lag);
  }

  void multiply(const double* a, int plain, const double* b, int seasonal, int m, double sign) {
    std::fill(c.begin(), c.end(), 0.0);
    for (int i = 0; i <= plain; ++i)
      for (int j = 0; j <= seasonal; ++j)
        if (i + j) c[size_t(i + j * m - 1)] += (i ? a[i - 1] : 1.0) * (j ? b[j - 1] : 1.0) *
                                               (i && j ? sign : 1.0);
  }
};

// The coefficients a of a stationary 1 − Σ a B^j from partial autocorrelations, each inside
// (−1, 1).
inline void of_partial(const double* r, int size, double* a) {
  double old[LARGEST];
  for (int k = 0; k < size; ++k) {
    std::copy(a, a + k, old);
    a[k] = r[k];
    for (int j = 0; j < k; ++j) a[j] = old[j] - r[k] * old[k - 1 - j];
  }
}

// Whether all roots of 1 − Σ c_j B^j are farther from 0 than `radius`.
inline bool roots_beyond(Numbers c, double radius) {
  double power = 1;
  for (double& each : c) each *= (power *= radius);
  for (size_t size = c.size(); size > 0; --size) {
    const double k = c[size - 1];
    if (!(std::abs(k) < 1)) return false;
    Numbers less(size - 1);
    for (size_t j = 0; j + 1 < size; ++j) less[j] = (c[j] + k * c[size - 2 - j]) / (1 - k * k);
    c = std::move(less);
  }
  return true;
}

struct Arma {
  Polynomial ar, ma;
  int reach = 0;  // of what was before the first step: max(p, q)
  Numbers gamma, psi, first, x;

  void shape(int p, int P, int q, int Q, int m) {
    ar.shape(p, P, m), ma.shape(q, Q, m);
    reach = std::max(ar.size(), ma.size());
  }

  // X, row after row, into `x`; false where the coefficients are not stationary.
  //
  // With α_i = x_i + θ_{i−1} e_1 (θ_0 = 1) and Y its covariance, X = T Y T' for T α = α_{i+1} +
  // φ_i α_1. The first row of Y follows from autocovariances; the rest from its last corner on.
  bool presample() {
    const int q = ma.size(), r = reach;
    if (!autocovariances()) return false;
    psi.assign(size_t(q) + 1, 0.0);
    for (int j = 0; j <= q; ++j) {
      psi[j] = j ? ma.at(j) : 1.0;
      for (int lag : ar.lags)
        if (lag <= j) psi[j] += ar.at(lag) * psi[j - lag];
    }
    first.assign(size_t(r) + 2, 0.0);  // first[k] = Y(1, k)
    for (int k = 1; k <= r + 1; ++k) {
      double sum = 0;
      for (int lag : ar.lags)
        if (lag >= k) sum += ar.at(lag) * gamma[lag - k + 1];
      if (k == 1) sum += psi[0];
      for (int lag : ma.lags)
        if (lag >= k - 1) sum += ma.at(lag) * psi[lag - k + 1];
      first[k] = sum;
    }
    x.assign(size_t(r) * r, 0.0);
    for (int i = r; i >= 1; --i)
      for (int k = i; k >= 1; --k) {
        const double fi = ar.at(i), fk = ar.at(k);
        double sum = ma.at(i) * ma.at(k) + fi * first[k + 1] + fk * first[i + 1];
        sum += fi * fk * first[1];
        if (i < r) sum += x[size_t(i) * r + k];
        x[size_t(i - 1) * r + k - 1] = x[size_t(k - 1) * r + i - 1] = sum;
      }
    return std::isfinite(first[1]);
  }

 private:
  Numbers table, own, squares;

  // γ(0) … γ(p) of w: those of the autoregression alone by the recursion of Levinson and Durbin,
  // run down and up again, and then as θ(B) mixes them.
  bool autocovariances() {
    const int p = ar.size(), q = ma.size();
    own.assign(size_t(p + q) + 1, 0.0);
    own[0] = 1;
    if (p) {
      table.assign(size_t(p) * p, 0.0);  // table[(k−1)p + j−1]: coefficient j of order k
      std::copy(ar.c.begin(), ar.c.end(), table.end() - p);
      for (int k = p; k >= 1; --k) {
        const double* now = &table[size_t(k - 1) * p];
        const double r = now[k - 1];
        if (!(std::abs(r) < 1)) return false;
        own[0] /= 1 - r * r;
        for (int j = 0; j + 1 < k; ++j)
          table[size_t(k - 2) * p + j] = (now[j] + r * now[k - 2 - j]) / (1 - r * r);
      }
      double left = own[0];
      for (int k = 1; k <= p; ++k) {
        const double r = table[size_t(k - 1) * p + k - 1];
        double sum = r * left;
        for (int j = 1; j < k; ++j) sum += table[size_t(k - 2) * p + j - 1] * own[k - j];
        own[k] = sum;
        left *= 1 - r * r;
      }
      for (int k = p + 1; k <= p + q; ++k)
        for (int lag : ar.lags) own[k] += ar.at(lag) * own[k - lag];
    }
    squares.assign(size_t(q) + 1, 0.0);  // Σ θ_j θ_{j+k}
    squares[0] = 1;
    for (int lag : ma.lags) {
      squares[lag] += ma.at(lag);
      for (int other : ma.lags)
        if (other >= lag) squares[other - lag] += ma.at(lag) * ma.at(other);
    }
    gamma.assign(size_t(p) + 2, 0.0);
    for (int h = 0; h <= p; ++h) {
      gamma[h] = squares[0] * own[h];
      for (int k = 1; k <= q; ++k)
        if (squares[k] != 0) gamma[h] += squares[k] * (own[h + k] + own[std::abs(h - k)]);
    }
    return true;
  }
};

// The lower triangle L of a = L L', in place; a pivot that is 0 but for rounding leaves a column 0.
inline void half_of(Numbers& a, int size) {
  for (int j = 0; j < size; ++j) {
    double* row = &a[size_t(j) * size];
    double pivot = row[j];
    for (int k = 0; k < j; ++k) pivot -= row[k] * row[k];
    const bool there = pivot > 1e-15 * row[j];
    const double root = there ? std::sqrt(pivot) : 0.0;
    row[j] = root;
    for (int i = j + 1; i < size; ++i) {
      double* other = &a[size_t(i) * size];
      double sum = other[j];
      for (int k = 0; k < j; ++k) sum -= other[k] * row[k];
      other[j] = there ? sum / root : 0.0;
    }
    for (int k = j + 1; k < size; ++k) row[k] = 0;
  }
}

// Errors of some columns (a series, and what it is regressed on) whose sum of squares and
// determinant make up the exact likelihood (Ljung & Box 1979).
//
// With z = φ(B) w / θ(B), both as if nothing were before, z = e + Π x, where Π has the columns of
// 1/θ(B). Given X = C C' and M = Π'Π, the best x̂ is C η with (I + C' M C) η = C' Π' z; errors are
// z − Π x̂ and η, and the determinant of their covariance that of I + C' M C.
struct Exact {
  Numbers pi, turned, m, a, b, eta, back, moved;
  double logs = 0;  // of the determinant

  // rows[column] gets n + min(reach, n) errors.
  bool operator()(Arma& arma, int n, const std::vector<const double*>& columns,
                  std::vector<Numbers>& rows) {
    if (!arma.presample()) return false;
    const int whole = arma.reach, r = std::min(whole, n);
    const auto& lags = arma.ma.lags;
    m.assign(size_t(r) * r, 0.0);
    if (lags.empty()) {
      for (int i = 0; i < r; ++i) m[size_t(i) * r + i] = 1;
    } else {
      pi.assign(size_t(n), 0.0);
      pi[0] = 1;
      divide(arma.ma, n, pi.data());
      turned.assign(pi.rbegin(), pi.rend());  // sums side by side, for they need not wait
      for (int s = 0; s < n; ++s) {
        const double by = pi[s];
        const double* before = &turned[size_t(n - 1 - s)];
        const int most = std::min(s, r - 1);
        for (int i = 0; i <= most; ++i) m[i] += by * before[i];
      }
      for (int i = 1; i < r; ++i) m[size_t(i) * r] = m[i];
      for (int i = 1; i < r; ++i)
        for (int k = 1; k <= i; ++k)
          m[size_t(i) * r + k] = m[size_t(k) * r + i] =
              m[size_t(i - 1) * r + k - 1] - pi[n - i] * pi[n - k];
    }
    Numbers& c = a;
    c.assign(size_t(r) * r, 0.0);
    for (int i = 0; i < r; ++i)
      for (int k = 0; k < r; ++k) c[size_t(i) * r + k] = arma.x[size_t(i) * whole + k];
    half_of(c, r);
    b.assign(size_t(r) * r, 0.0);  // M C, then I + C' M C
    moved.assign(size_t(r) * r, 0.0);
    for (int i = 0; i < r; ++i)
      for (int l = 0; l < r; ++l) {
        const double by = m[size_t(i) * r + l];
        for (int k = 0; k <= l; ++k) moved[size_t(i) * r + k] += by * c[size_t(l) * r + k];
      }
    for (int l = 0; l < r; ++l)
      for (int i = 0; i <= l; ++i) {
        const double by = c[size_t(l) * r + i];
        for (int k = 0; k <= i; ++k) b[size_t(i) * r + k] += by * moved[size_t(l) * r + k];
      }
    for (int i = 0; i < r; ++i) b[size_t(i) * r + i] += 1;
    half_of(b, r);
    logs = 0;
    for (int i = 0; i < r; ++i) logs += 2 * std::log(b[size_t(i) * r + i]);
    if (!std::isfinite(logs)) return false;
    for (size_t column = 0; column < columns.size(); ++column) {
      Numbers& z = rows[column];
      z.assign(size_t(n + r), 0.0);
      filtered(arma, n, columns[column], z.data());
      back.assign(z.begin(), z.begin() + n);
      std::reverse(back.begin(), back.end());
      divide(arma.ma, n, back.data());
      std::reverse(back.begin(), back.end());
      eta.assign(size_t(r), 0.0);
      for (int l = 0; l < r; ++l)
        for (int i = 0; i <= l; ++i) eta[i] += c[size_t(l) * r + i] * back[l];
      for (int i = 0; i < r; ++i) {
        for (int k = 0; k < i; ++k) eta[i] -= b[size_t(i) * r + k] * eta[k];
        eta[i] /= b[size_t(i) * r + i];
      }
      for (int i = r - 1; i >= 0; --i) {
        for (int k = i + 1; k < r; ++k) eta[i] -= b[size_t(k) * r + i] * eta[k];
        eta[i] /= b[size_t(i) * r + i];
      }
      back.assign(size_t(n), 0.0);
      for (int i = 0; i < r; ++i)
        for (int k = 0; k <= i; ++k) back[i] += c[size_t(i) * r + k] * eta[k];
      divide(arma.ma, n, back.data());
      for (int t = 0; t < n; ++t) z[t] -= back[t];
      std::copy(eta.begin(), eta.end(), z.begin() + n);
    }
    return true;
  }

  // z = φ(B) w / θ(B), as if nothing were before.
  static void filtered(const Arma& arma, int n, const double* w, double* z) {
    std::copy(w, w + n, z);
    for (int lag : arma.ar.lags) {
      const double by = arma.ar.at(lag);
      for (int t = lag; t < n; ++t) z[t] -= by * w[t - lag];
    }
    divide(arma.ma, n, z);
  }

  // The longest lags first: what they take is there long before it is needed.
  static void divide(const Polynomial& theta, int n, double* z) {
    const int count = int(theta.lags.size()), *lags = theta.lags.data();
    const double* c = theta.c.data();
    for (int t = 1, reached = 0; t < n && count; ++t) {
      while (reached < count && lags[reached] <= t) ++reached;
      double sum = z[t];
      for (int k = reached - 1; k >= 0; --k) sum -= c[lags[k] - 1] * z[t - lags[k]];
      z[t] = sum;
    }
  }
};
