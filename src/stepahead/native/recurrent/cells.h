// What one step of each cell does element by element, forward and backward, for a block of samples.
//
// A block holds arrays of `hidden` units times `width` samples, unit by unit; `size` is hidden *
// width. The matrix products stand between these functions: `pre` enters as W x + b + U h, and
// `d_pre` leaves as its gradient. Both are rows of arrays:
//   Elman [a]   LSTM [i f g o]   GRU [n r z q], where n has only W x + b and q is U h + b_n.
// So W's rows are the first kProjected arrays and U's the last kRecurrent: one product each. `kept`
// is what the backward pass reads again: Elman [h]   LSTM [i f g o c]   GRU [n r z q h], c and h
// being the state after the step. Where `alive` is given, samples whose mask is 0 keep their state,
// put out 0 and have no gradient.
#pragma once

#include "vector.h"

struct Forward {
  const float* pre;
  float* h;  // state, in and out
  float* c;  // LSTM only
  float* kept;
  float* output;
  const Ints* alive;  // one vector per kLanes samples, or null
  int size;
  int width;
};

struct Backward {
  const float* kept;
  const float* before;  // the last array of `kept` (or the initial state) before this step
  const float* d_output;
  float* dh;  // in: gradient of the state after; out: what goes to the state before without passing
              // through U
  float* dc;  // LSTM only
  float* d_pre;
  const Ints* alive;
  int size;
  int width;
};

inline Ints alive_at(const Ints* alive, int at, int width) {
  return alive ? alive[at % width / kLanes] : ~Ints{};
}

template <bool Rectified>
struct Elman {
  static constexpr int kProjected = 1, kRecurrent = 1, kPre = 1, kKept = 1;
  static constexpr bool kHasCell = false, kSplitCandidate = false;

  static void forward(const Forward& s) {
    for (int e = 0; e < s.size; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec a = load(s.pre + e);
      Vec h;
      if constexpr (Rectified)
        h = select(a < 0.0f, Vec{}, a);
      else
        h = tanh(a);
      store(s.output + e, select(alive, h, Vec{}));
      h = select(alive, h, load(s.h + e));
      store(s.h + e, h);
      store(s.kept + e, h);
    }
  }

  static void backward(const Backward& s) {
    for (int e = 0; e < s.size; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec h = load(s.kept + e);
      Vec after = load(s.dh + e);
      Vec dh = after + load(s.d_output + e);
      Vec da;
      if constexpr (Rectified)
        da = select(h > 0.0f, dh, Vec{});
      else
        da = dh * (1.0f - h * h);
      store(s.d_pre + e, select(alive, da, Vec{}));
      store(s.dh + e, select(alive, Vec{}, after));
    }
  }
};

struct Lstm {
  static constexpr int kProjected = 4, kRecurrent = 4, kPre = 4, kKept = 5;
  static constexpr bool kHasCell = true, kSplitCandidate = false;

  static void forward(const Forward& s) {
    const int n = s.size;
    for (int e = 0; e < n; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec i = sigmoid(load(s.pre + e)), f = sigmoid(load(s.pre + n + e));
      Vec g = tanh(load(s.pre + 2 * n + e)), o = sigmoid(load(s.pre + 3 * n + e));
      Vec before = load(s.c + e);
      Vec c = f * before + i * g;
      Vec h = o * tanh(c);
      store(s.output + e, select(alive, h, Vec{}));
      c = select(alive, c, before);
      store(s.h + e, select(alive, h, load(s.h + e)));
      store(s.c + e, c);
      store(s.kept + e, i);
      store(s.kept + n + e, f);
      store(s.kept + 2 * n + e, g);
      store(s.kept + 3 * n + e, o);
      store(s.kept + 4 * n + e, c);
    }
  }

  static void backward(const Backward& s) {
    const int n = s.size;
    for (int e = 0; e < n; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec i = load(s.kept + e), f = load(s.kept + n + e), g = load(s.kept + 2 * n + e),
          o = load(s.kept + 3 * n + e);
      Vec squashed = tanh(load(s.kept + 4 * n + e));
      Vec after = load(s.dh + e), c_after = load(s.dc + e);
      Vec dh = after + load(s.d_output + e);
      Vec dc = c_after + dh * o * (1.0f - squashed * squashed);
      store(s.d_pre + e, select(alive, dc * g * i * (1.0f - i), Vec{}));
      store(s.d_pre + n + e, select(alive, dc * load(s.before + e) * f * (1.0f - f), Vec{}));
      store(s.d_pre + 2 * n + e, select(alive, dc * i * (1.0f - g * g), Vec{}));
      store(s.d_pre + 3 * n + e, select(alive, dh * squashed * o * (1.0f - o), Vec{}));
      store(s.dh + e, select(alive, Vec{}, after));
      store(s.dc + e, select(alive, dc * f, c_after));
    }
  }
};

struct Gru {
  static constexpr int kProjected = 3, kRecurrent = 3, kPre = 4, kKept = 5;
  static constexpr bool kHasCell = false, kSplitCandidate = true;

  static void forward(const Forward& s) {
    const int n = s.size;
    for (int e = 0; e < n; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec r = sigmoid(load(s.pre + n + e)), z = sigmoid(load(s.pre + 2 * n + e));
      Vec q = load(s.pre + 3 * n + e);
      Vec candidate = tanh(load(s.pre + e) + r * q);
      Vec before = load(s.h + e);
      Vec h = candidate + z * (before - candidate);
      store(s.output + e, select(alive, h, Vec{}));
      h = select(alive, h, before);
      store(s.h + e, h);
      store(s.kept + e, candidate);
      store(s.kept + n + e, r);
      store(s.kept + 2 * n + e, z);
      store(s.kept + 3 * n + e, q);
      store(s.kept + 4 * n + e, h);
    }
  }

  static void backward(const Backward& s) {
    const int n = s.size;
    for (int e = 0; e < n; e += kLanes) {
      Ints alive = alive_at(s.alive, e, s.width);
      Vec candidate = load(s.kept + e), r = load(s.kept + n + e), z = load(s.kept + 2 * n + e),
          q = load(s.kept + 3 * n + e);
      Vec after = load(s.dh + e);
      Vec dh = after + load(s.d_output + e);
      Vec dn = dh * (1.0f - z) * (1.0f - candidate * candidate);
      store(s.d_pre + e, select(alive, dn, Vec{}));
      store(s.d_pre + n + e, select(alive, dn * q * r * (1.0f - r), Vec{}));
      store(s.d_pre + 2 * n + e,
            select(alive, dh * (load(s.before + e) - candidate) * z * (1.0f - z), Vec{}));
      store(s.d_pre + 3 * n + e, select(alive, dn * r, Vec{}));
      store(s.dh + e, select(alive, dh * z, after));
    }
  }
};
