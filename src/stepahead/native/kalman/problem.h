// What Python hands over: a linear Gaussian state-space model of many series, each with parameters
// of its own.
//
//   y_t = z_t' α_t + ε_t,  ε_t ~ N(0, noise);   α_{t+1} = T α_t + η_t,  η_t ~ N(0, shock);
//   α_1 ~ N(start_mean, start_cov + κ diag(diffuse)),  κ → ∞.
//
// z_t holds `design` at `design_state`, and the covariates of step t at `column_state`. T and the
// covariance of the shocks are given by their entries that are not 0, at places that all series
// share. A value that is NaN is missing. The values of `channels` targets follow each other at each
// step, and the state moves on after the last of them. Results whose pointer is null are not
// computed.
#pragma once

#include <cstdint>

struct Problem {
  int64_t series, states, transitions, shocks, designs, columns, groups, channels, threads;
  const int64_t* offsets;     // [series + 1]: the rows of each series in values and covariates
  const double* values;       // [total]
  const double* covariates;   // [total, columns]
  const int32_t* transition_row;     // [transitions]
  const int32_t* transition_column;
  const int32_t* shock_row;          // [shocks], of the lower triangle
  const int32_t* shock_column;
  const int32_t* design_state;       // [designs]
  const int32_t* design_group;       // which group of the signal the entry belongs to
  const int32_t* column_state;       // [columns]
  const int32_t* column_group;
  const int32_t* diffuse;            // [states]: 1 where nothing is known of the start
  const double* design;              // [designs]
  const double* transition;          // [series, transitions]
  const double* shock;               // [series, shocks]
  const double* noise;               // [series]
  const double* start_mean;          // [series, states]
  const double* start_cov;           // [series, states, states]

  double* log_likelihood;  // [series]
  // One step ahead, before y_t is seen.
  double* steps;     // [total]: log density of each value, NaN where missing
  double* mean;      // [total]
  double* variance;  // [total], ∞ where the start is still unknown
  // After the last step, of the step that follows.
  double* end_mean;        // [series, states]
  double* end_cov;         // [series, states, states]
  double* end_diffuse;     // [series, states, states]
  // Derivatives of the log likelihood.
  double* d_noise;       // [series]
  double* d_shock;       // [series, shocks]
  double* d_transition;  // [series, transitions]
  double* d_start_cov;   // [series, states, states]
  // Given all of the series.
  double* smooth_mean;      // [total, states]
  double* smooth_cov;       // [total, states, states]
  double* signal_mean;      // [total, groups + 1]: of each group, and of z' α, last
  double* signal_variance;  // [total, groups + 1]
  double* smooth_error;     // [total]: u, where ε̂ = noise · u
  double* error_variance;   // [total]: of u
  double* smooth_shock;     // [total, states]: r, where η̂ = shock · r; r of the last step is 0
  double* shock_variance;   // [total, states]: of r
};
