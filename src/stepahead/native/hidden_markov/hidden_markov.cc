// What Python calls for hidden Markov models.
#include "best_path.h"
#include "forward_backward.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

// 1; 0 where probabilities vanished; -1 where there are more states than any kernel is made for.
int in_width(const HiddenMarkov& m, int threads) {
  if (m.states <= 2) return forward_backward<2>(m, threads);
  if (m.states <= 4) return forward_backward<4>(m, threads);
  if (m.states <= 8) return forward_backward<8>(m, threads);
  if (m.states <= 16) return forward_backward<16>(m, threads);
  if (m.states <= 32) return forward_backward<32>(m, threads);
  if (m.states <= 64) return forward_backward<64>(m, threads);
  return -1;
}

}  // namespace

// Forward-backward over many sequences: see model.h. `posterior` may be null.
EXPORT int stepahead_forward_backward(const double* scores, const int64_t* offsets,
                                      int64_t sequences, int64_t states, const double* start,
                                      const double* transition, double* posterior,
                                      double* log_likelihood, double* steps, double* first,
                                      int threads) {
  HiddenMarkov m{};
  m.scores = scores, m.offsets = offsets, m.sequences = sequences, m.states = states;
  m.start = start, m.transition = transition, m.posterior = posterior;
  m.log_likelihood = log_likelihood, m.steps = steps, m.first = first;
  return in_width(m, threads);
}

// Sums over the steps of sequences of tokens, by `ids` and `table`, or of numbers, by `values` and
// `normal`: see model.h. The others are null. `log_likelihood` is that of all steps.
EXPORT int stepahead_expected_sums(const int64_t* offsets, int64_t sequences, int64_t states,
                                   const double* start, const double* transition,
                                   const int32_t* ids, const double* table, int64_t kinds,
                                   const double* values, const double* normal, int64_t channels,
                                   double* log_likelihood, double* steps, double* first,
                                   double* sums, int threads) {
  HiddenMarkov m{};
  m.offsets = offsets, m.sequences = sequences, m.states = states;
  m.start = start, m.transition = transition;
  m.ids = ids, m.table = table, m.kinds = kinds;
  m.values = values, m.normal = normal, m.channels = channels;
  m.log_likelihood = log_likelihood, m.steps = steps, m.first = first, m.sums = sums;
  return in_width(m, threads);
}

// The most probable paths; start and transition are logarithms here.
EXPORT void stepahead_best_paths(const double* scores, const int64_t* offsets, int64_t sequences,
                                 int64_t states, const double* start, const double* transition,
                                 int32_t* path, double* highest, int threads) {
  HiddenMarkov m{};
  m.scores = scores, m.offsets = offsets, m.sequences = sequences, m.states = states;
  m.start = start, m.transition = transition, m.path = path, m.highest = highest;
  best_paths(m, threads);
}
