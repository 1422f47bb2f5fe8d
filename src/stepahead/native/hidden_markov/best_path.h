// Viterbi's algorithm over many sequences at once.
#pragma once

#include "model.h"

// The most probable path of every sequence (of equal ones, the first) and its log probability.
inline void best_paths(const HiddenMarkov& m, int threads) {
  const std::vector<int64_t> ends = blocks_of(m);
  const int64_t states = m.states;
  on_threads(threads, int64_t(ends.size()) - 1, [&](int64_t block) {
    std::vector<double> best(states), next(states);
    std::vector<int64_t> from_state(states);
    std::vector<uint16_t> came;
    for (int64_t s = ends[block]; s < ends[block + 1]; ++s) {
      const int64_t from = m.offsets[s], steps = m.offsets[s + 1] - from;
      m.highest[s] = 0.0;
      if (!steps) continue;
      came.resize(steps * states);
      for (int64_t k = 0; k < states; ++k) best[k] = m.start[k] + m.scores[from * states + k];
      for (int64_t t = 1; t < steps; ++t) {
        for (int64_t j = 0; j < states; ++j) {
          next[j] = best[0] + m.transition[j];
          from_state[j] = 0;
        }
        for (int64_t i = 1; i < states; ++i) {
          const double held = best[i];
          const double* row = m.transition + i * states;
          for (int64_t j = 0; j < states; ++j) {
            const double through = held + row[j];
            from_state[j] = through > next[j] ? i : from_state[j];
            next[j] = through > next[j] ? through : next[j];
          }
        }
        const double* score = m.scores + (from + t) * states;
        for (int64_t j = 0; j < states; ++j) {
          best[j] = next[j] + score[j];
          came[t * states + j] = uint16_t(from_state[j]);
        }
      }
      int64_t at = std::max_element(best.begin(), best.end()) - best.begin();
      m.highest[s] = best[at];
      for (int64_t t = steps - 1; t >= 0; --t) {
        m.path[from + t] = int32_t(at);
        if (t) at = came[t * states + at];
      }
    }
  });
}
