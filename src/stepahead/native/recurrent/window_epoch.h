// Many steps of training by Adam on windows, each from the weights that the last one left: an epoch
// as one call, of one model or of several.
#pragma once

#include "adam/adam.h"
#include "window_step.h"

struct Epoch {
  int64_t steps, size;  // size: the number of weights of a model
  const float* values;  // [total, channel]
  int64_t total;
  const int32_t* start;      // [step, batch]
  const float* weight;       // [step, batch]
  const float* rates;        // [step]
  const float* corrections;  // [step, 2]: 1 - β^t of both of Adam's means
  float clip, decay;
  float *weights, *mean, *square;  // in and out
  float* losses;                   // [step]
};

// `share_out(tasks, work)` calls work(0) … work(tasks - 1), in any order, on any threads.
template <class Cell, class Loss, class ShareOut>
void run_epoch(const WindowShape& shape, const Epoch& e, ShareOut share_out) {
  StepMemory memory;
  Floats gradient(e.size), direction(e.size);
  for (int64_t k = 0; k < e.steps; ++k) {
    const Windows windows{e.weights, e.values, e.start + k * shape.batch,
                          e.weight + k * shape.batch, e.total};
    WindowStep<Cell, Loss> step(shape, windows, memory);
    share_out(step.tasks(), step);
    step.finish(e.losses + k, gradient);
    const float* one_less = e.corrections + 2 * k;
    const Adam adam{e.size,    gradient, e.mean,   e.square,    direction,
                    e.mean,    e.square, e.clip,   one_less[0], one_less[1]};
    adam.run(share_out);
    const float rate = e.rates[k];
    for (int64_t i = 0; i < e.size; ++i)
      e.weights[i] -= rate * (direction[i] + e.decay * e.weights[i]);
  }
}
