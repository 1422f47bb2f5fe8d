// What Python calls for hidden Markov models.
#include "hidden_markov.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

// Forward-backward over many sequences: see hidden_markov.h. `posterior` may be null. 0 where there
// are more states than any kernel is made for.
EXPORT int stepahead_forward_backward(const double* scores, const int64_t* offsets,
                                      int64_t sequences, int64_t states, const double* start,
                                      const double* transition, double* posterior,
                                      double* log_likelihood, double* steps, double* first,
                                      int threads) {
  const HiddenMarkov m{scores,    offsets,        sequences, states, start,   transition,
                       posterior, log_likelihood, steps,     first,  nullptr, nullptr};
  if (states <= 2)
    forward_backward<2>(m, threads);
  else if (states <= 4)
    forward_backward<4>(m, threads);
  else if (states <= 8)
    forward_backward<8>(m, threads);
  else if (states <= 16)
    forward_backward<16>(m, threads);
  else if (states <= 32)
    forward_backward<32>(m, threads);
  else if (states <= 64)
    forward_backward<64>(m, threads);
  else
    return 0;
  return 1;
}

// The most probable paths; start and transition are logarithms here.
EXPORT void stepahead_best_paths(const double* scores, const int64_t* offsets, int64_t sequences,
                                 int64_t states, const double* start, const double* transition,
                                 int32_t* path, double* highest, int threads) {
  best_paths({scores, offsets, sequences, states, start, transition, nullptr, nullptr, nullptr,
              nullptr, path, highest},
             threads);
}
