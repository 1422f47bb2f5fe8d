// The way back: the smoother, and with it the derivatives of the log likelihood (its score).
//
// r and N are the derivatives of the log likelihood by the predicted mean and, as ½ (r r' − N), by
// the predicted covariance; with a diffuse start they are series in 1/κ: r + r1/κ and
// N + N1/κ + N2/κ². Sources: Durbin & Koopman 2012, chapters 4, 5 and 7; Koopman & Shephard 1992.
#pragma once

#include "filter.h"

struct Smoother {
  const Filter& f;
  const Problem& p;
  const int states;
  std::vector<Vec> r, r1, room, weight, weight1, weight2, d_shock, d_transition, group, infinite;
  Matrix n, n1, n2, half, slope, product;
  Vec d_noise{};

  explicit Smoother(const Filter& filter)
      : f(filter), p(filter.p), states(filter.states), r(states), r1(states), room(states),
        weight(states), weight1(states), weight2(states), d_shock(p.shocks),
        d_transition(p.transitions), group(states), infinite(states), n(states), n1(states),
        n2(states), half(states), slope(states), product(states) {}

  void run() {
    for (auto* each : {&r, &r1, &d_shock, &d_transition})
      std::fill(each->begin(), each->end(), Vec{});
    for (auto* each : {&n, &n1, &n2})
      std::fill(each->numbers.begin(), each->numbers.end(), Vec{});
    d_noise = Vec{};
    for (int64_t t = f.longest; t-- > 0;) {
      if (f.moves(t)) {
        shocks(t);
        if (p.d_transition && t + 1 < f.longest) transitions(t);
        back();
        if (t < f.diffuse_steps) back_diffuse();
      }
      if (p.smooth_mean) states_at(t);
      if (p.smooth_cov) covariance_at(t);
      if (p.signal_mean) signals_at(t);
      if (t < f.diffuse_steps)
        meet_diffuse(t);
      else
        meet(t);
    }
    finish();
  }

 private:
  // r and N of the prediction of t + 1, so of the shock between t and t + 1.
  void shocks(int64_t t) {
    for (int64_t e = 0; e < p.shocks; ++e) {
      const int i = p.shock_row[e], j = p.shock_column[e];
      d_shock[e] += (i == j ? 0.5 : 1.0) * (r[i] * r[j] - n[i][j]);
    }
    if (p.smooth_shock) each_row(t, [&](int k, int64_t row) {
      for (int i = 0; i < states; ++i) {
        p.smooth_shock[row * states + i] = r[i][k];
        p.shock_variance[row * states + i] = n[i][i][k];
      }
    });
  }

  // Derivative by T: r a' + (r r' − N) T P, to order 1 in κ.
  void transitions(int64_t t) {
    const Vec* mean = f.means.data() + t * states;
    curvature(n, r, r);
    along_transition(f.covs.data() + t * states * states, mean);
    if (t + 1 < f.diffuse_steps) {
      curvature(n1, r, r1);
      for (int i = 0; i < states; ++i)
        for (int j = 0; j < states; ++j) slope[i][j] += r1[i] * r[j];
      along_transition(f.diffuses.data() + t * states * states, nullptr);
    }
  }
  void curvature(const Matrix& of, const std::vector<Vec>& one, const std::vector<Vec>& other) {
    for (int i = 0; i < states; ++i)
      for (int j = 0; j < states; ++j) slope[i][j] = one[i] * other[j] - of[i][j];
  }
  void along_transition(const Vec* cov, const Vec* mean) {
    std::copy(cov, cov + states * states, half.numbers.begin());
    times(f.forward, f.transition.data(), half, product);
    for (int64_t e = 0; e < p.transitions; ++e) {
      const int i = p.transition_row[e], j = p.transition_column[e];
      Vec sum = mean ? r[i] * mean[j] : Vec{};
      for (int k = 0; k < states; ++k) sum += slope[i][k] * product[k][j];
      d_transition[e] += sum;
    }
  }

  void back() {
    times(f.backward, f.transition.data(), r, room);
    around(f.backward, f.transition.data(), n, half);
  }
  void back_diffuse() {
    times(f.backward, f.transition.data(), r1, room);
    around(f.backward, f.transition.data(), n1, half);
    around(f.backward, f.transition.data(), n2, half);
  }

  // Over the update by y_t.
  void meet(int64_t t) {
    const Vec *gain = f.gains.data() + t * states, *z = f.designs.data() + t * f.z.size();
    const Kept& kept = f.kept[t];
    const Vec u = kept.error * kept.inverse - dot(gain, r);
    against(n, gain, weight);
    const Vec d = kept.inverse + dot(gain, weight);
    told(t, u, d);
    for (size_t k = 0; k < f.at.size(); ++k) r[f.at[k]] += z[k] * u;
    spread(n, z, weight, d);
  }
  void meet_diffuse(int64_t t) {
    const Vec *gain = f.gains.data() + t * states, *z = f.designs.data() + t * f.z.size();
    const Vec* second = f.second_gains.data() + t * states;
    const Kept& kept = f.kept[t];
    against(n, gain, weight);
    const Vec u = kept.error * kept.inverse - dot(gain, r);
    const Vec d = kept.inverse + dot(gain, weight);
    const Vec u1 = kept.error * kept.inverse_diffuse - dot(gain, r1) - dot(second, r);
    against(n1, gain, weight1);
    const Vec d1 = kept.inverse_diffuse + dot(gain, weight1) + 2.0 * dot(second, weight);
    against(n2, gain, weight2);
    against(n, second, room);
    const Vec d2 = -kept.variance * kept.inverse_diffuse * kept.inverse_diffuse +
                   dot(gain, weight2) + 2.0 * dot(second, weight1) + dot(second, room);
    for (int i = 0; i < states; ++i) weight1[i] += room[i];
    against(n1, second, room);
    for (int i = 0; i < states; ++i) weight2[i] += room[i];
    told(t, u, d);
    for (size_t k = 0; k < f.at.size(); ++k) {
      r[f.at[k]] += z[k] * u;
      r1[f.at[k]] += z[k] * u1;
    }
    spread(n, z, weight, d), spread(n1, z, weight1, d1), spread(n2, z, weight2, d2);
  }

  // matrix − z w' − w z' + z z' d.
  void spread(Matrix& matrix, const Vec* z, const std::vector<Vec>& w, Vec d) {
    const std::vector<int>& at = f.at;
    for (size_t k = 0; k < at.size(); ++k)
      for (int j = 0; j < states; ++j) {
        matrix[at[k]][j] -= z[k] * w[j];
        matrix[j][at[k]] -= z[k] * w[j];
      }
    for (size_t k = 0; k < at.size(); ++k)
      for (size_t l = 0; l < at.size(); ++l) matrix[at[k]][at[l]] += z[k] * z[l] * d;
  }
  Vec dot(const Vec* one, const std::vector<Vec>& other) const {
    Vec sum{};
    for (int i = 0; i < states; ++i) sum += one[i] * other[i];
    return sum;
  }
  void against(const Matrix& matrix, const Vec* vector, std::vector<Vec>& result) const {
    for (int i = 0; i < states; ++i) {
      Vec sum{};
      const Vec* row = matrix[i];
      for (int j = 0; j < states; ++j) sum += row[j] * vector[j];
      result[i] = sum;
    }
  }

  void told(int64_t t, Vec u, Vec d) {
    const Vec seen = (f.kept[t].inverse + f.kept[t].inverse_diffuse) > 0.0 ? broadcast(1.0) : Vec{};
    d_noise += 0.5 * seen * (u * u - d);
    if (p.smooth_error) each_row(t, [&](int k, int64_t row) {
      p.smooth_error[row] = u[k] * seen[k];
      p.error_variance[row] = d[k] * seen[k];
    });
  }

  // α̂ = a + P r, after the update and before it is met on the way back.
  void states_at(int64_t t) {
    const Vec* cov = f.covs.data() + t * states * states;
    const Vec* diffuse =
        t < f.diffuse_steps ? f.diffuses.data() + t * states * states : nullptr;
    for (int i = 0; i < states; ++i) {
      Vec sum = f.means[t * states + i] + dot(cov + i * states, r);
      if (diffuse) sum += dot(diffuse + i * states, r1);
      room[i] = sum;
    }
    each_row(t, [&](int k, int64_t row) {
      for (int i = 0; i < states; ++i) p.smooth_mean[row * states + i] = room[i][k];
    });
  }

  // x' V y of the smoothed covariance V = P − P N P − P∞ N1 P − P N1 P∞ − P∞ N2 P∞ for x in
  // `group`: P x in weight, P∞ x in infinite.
  Vec variance_of(int64_t t, const Vec* x) {
    const size_t place = size_t(t) * states * states;
    product_of(f.covs.data() + place, x, weight);
    against(n, weight.data(), room);
    Vec sum = dot(x, weight) - dot(weight.data(), room);
    if (t >= f.diffuse_steps) return sum;
    product_of(f.diffuses.data() + place, x, infinite);
    against(n1, weight.data(), room);
    sum -= 2.0 * dot(infinite.data(), room);
    against(n2, infinite.data(), room);
    return sum - dot(infinite.data(), room);
  }
  void product_of(const Vec* matrix, const Vec* vector, std::vector<Vec>& result) const {
    for (int i = 0; i < states; ++i) {
      Vec sum{};
      for (int j = 0; j < states; ++j) sum += matrix[i * states + j] * vector[j];
      result[i] = sum;
    }
  }

  // Entry by entry, by polarisation: V_ij = ½ (var(i + j) − V_ii − V_jj).
  void covariance_at(int64_t t) {
    for (int i = 0; i < states; ++i) {
      std::fill(group.begin(), group.end(), Vec{});
      group[i] = broadcast(1.0);
      product[i][i] = variance_of(t, group.data());
    }
    for (int i = 0; i < states; ++i)
      for (int j = 0; j < i; ++j) {
        std::fill(group.begin(), group.end(), Vec{});
        group[i] = group[j] = broadcast(1.0);
        product[i][j] = product[j][i] =
            0.5 * (variance_of(t, group.data()) - product[i][i] - product[j][j]);
      }
    each_row(t, [&](int k, int64_t row) {
      for (int i = 0; i < states; ++i)
        for (int j = 0; j < states; ++j)
          p.smooth_cov[(row * states + i) * states + j] = product[i][j][k];
    });
  }

  // The groups of the signal z' α, and all of it.
  void signals_at(int64_t t) {
    const Vec* z = f.designs.data() + t * f.z.size();
    const int64_t columns = p.groups + 1;
    for (int64_t g = 0; g < columns; ++g) {
      std::fill(group.begin(), group.end(), Vec{});
      for (size_t k = 0; k < f.at.size(); ++k) {
        const int64_t of = int64_t(k) < p.designs ? p.design_group[k]
                                                  : p.column_group[int64_t(k) - p.designs];
        if (of == g || g == p.groups) group[f.at[k]] += z[k];
      }
      const Vec variance = variance_of(t, group.data());
      Vec mean = dot(f.means.data() + t * states, group) + dot(weight.data(), r);
      if (t < f.diffuse_steps) mean += dot(infinite.data(), r1);
      each_row(t, [&](int k, int64_t row) {
        p.signal_mean[row * columns + g] = mean[k];
        p.signal_variance[row * columns + g] = variance[k];
      });
    }
  }

  template <class Each>
  void each_row(int64_t t, Each each) const {
    f.lanes([&](int k, int64_t) {
      if (t < f.length[k]) each(k, f.first[k] + t);
    });
  }

  void finish() {
    f.lanes([&](int k, int64_t s) {
      if (p.d_noise) p.d_noise[s] = d_noise[k];
      if (p.d_shock)
        for (int64_t e = 0; e < p.shocks; ++e) p.d_shock[s * p.shocks + e] = d_shock[e][k];
      if (p.d_transition)
        for (int64_t e = 0; e < p.transitions; ++e)
          p.d_transition[s * p.transitions + e] = d_transition[e][k];
      if (p.d_start_cov)
        for (int i = 0; i < states; ++i)
          for (int j = 0; j < states; ++j)
            p.d_start_cov[(s * states + i) * states + j] = 0.5 * (r[i] * r[j] - n[i][j])[k];
    });
  }
};
