// What one step of each cell does element by element, forward and backward: the equations in
// registers, and the loops over a block of samples.
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
  const float* before;  // the last array of `kept` before this step: c of the LSTM, else h
  float* h;             // state, in and out; null where `kept` holds it and nobody else reads it
  float* c;             // LSTM only, likewise
  float* kept;
  float* output;  // null where it is h
  const Ints* alive;  // one vector per kLanes samples, or null
  int size;
  int width;
};

struct Backward {
  const float* kept;
  const float* before;    // as above
  const float* d_output;  // null: nothing comes from the output
  float* dh;  // in: gradient of the state after; out: what goes to the state before without passing
              // through U
  float* dc;  // LSTM only
  float* d_pre;
  const Ints* alive;
  int size;
  int width;
};

// A cell's `forward` returns h and fills `kept`, given `pre` and the state before. Its `backward`
// fills `d_pre` and returns what goes to the state h before without passing through U, given the
// gradients of h and, in and out, of c.
template <bool Rectified>
struct Elman {
  static constexpr int kProjected = 1, kRecurrent = 1, kPre = 1, kKept = 1;
  static constexpr bool kHasCell = false, kSplitCandidate = false;

  static Vec forward(const Vec (&pre)[1], Vec, Vec (&kept)[1]) {
    if constexpr (Rectified)
      kept[0] = select(pre[0] < 0.0f, Vec{}, pre[0]);
    else
      kept[0] = tanh(pre[0]);
    return kept[0];
  }

  static Vec backward(const Vec (&kept)[1], Vec, Vec dh, Vec&, Vec (&d_pre)[1]) {
    const Vec h = kept[0];
    if constexpr (Rectified)
      d_pre[0] = select(h > 0.0f, dh, Vec{});
    else
      d_pre[0] = dh * (1.0f - h * h);
    return Vec{};
  }
};

struct Lstm {
  static constexpr int kProjected = 4, kRecurrent = 4, kPre = 4, kKept = 5;
  static constexpr bool kHasCell = true, kSplitCandidate = false;

  static Vec forward(const Vec (&pre)[4], Vec before, Vec (&kept)[5]) {
    const Vec i = sigmoid(pre[0]), f = sigmoid(pre[1]), g = tanh(pre[2]), o = sigmoid(pre[3]);
    const Vec c = f * before + i * g;
    kept[0] = i, kept[1] = f, kept[2] = g, kept[3] = o, kept[4] = c;
    return o * tanh(c);
  }

  static Vec backward(const Vec (&kept)[5], Vec before, Vec dh, Vec& dc, Vec (&d_pre)[4]) {
    const Vec i = kept[0], f = kept[1], g = kept[2], o = kept[3], squashed = tanh(kept[4]);
    dc = dc + dh * o * (1.0f - squashed * squashed);
    d_pre[0] = dc * g * i * (1.0f - i);
    d_pre[1] = dc * before * f * (1.0f - f);
    d_pre[2] = dc * i * (1.0f - g * g);
    d_pre[3] = dh * squashed * o * (1.0f - o);
    dc = dc * f;
    return Vec{};
  }
};

struct Gru {
  static constexpr int kProjected = 3, kRecurrent = 3, kPre = 4, kKept = 5;
  static constexpr bool kHasCell = false, kSplitCandidate = true;

  static Vec forward(const Vec (&pre)[4], Vec before, Vec (&kept)[5]) {
    const Vec r = sigmoid(pre[1]), z = sigmoid(pre[2]), q = pre[3];
    const Vec candidate = tanh(pre[0] + r * q);
    const Vec h = candidate + z * (before - candidate);
    kept[0] = candidate, kept[1] = r, kept[2] = z, kept[3] = q, kept[4] = h;
    return h;
  }

  static Vec backward(const Vec (&kept)[5], Vec before, Vec dh, Vec&, Vec (&d_pre)[4]) {
    const Vec candidate = kept[0], r = kept[1], z = kept[2], q = kept[3];
    const Vec dn = dh * (1.0f - z) * (1.0f - candidate * candidate);
    d_pre[0] = dn;
    d_pre[1] = dn * q * r * (1.0f - r);
    d_pre[2] = dh * (before - candidate) * z * (1.0f - z);
    d_pre[3] = dn * r;
    return dh * z;
  }
};

template <class Cell, bool Masked>
void forward_units(const Forward& s) {
  const int n = s.size;
  for (int e = 0; e < n; e += kLanes) {
    Vec pre[Cell::kPre], kept[Cell::kKept];
    for (int k = 0; k < Cell::kPre; ++k) pre[k] = load(s.pre + k * n + e);
    const Vec before = load(s.before + e);
    Vec h = Cell::forward(pre, before, kept);
    Vec output = h;
    if constexpr (Masked) {
      const Ints alive = s.alive[e % s.width / kLanes];
      Vec& state = kept[Cell::kKept - 1];
      output = select(alive, h, Vec{});
      h = select(alive, h, Cell::kHasCell ? load(s.h + e) : before);
      state = select(alive, state, before);
    }
    if (s.output) store(s.output + e, output);
    if (s.h) store(s.h + e, h);
    if (Cell::kHasCell && s.c) store(s.c + e, kept[Cell::kKept - 1]);
    for (int k = 0; k < Cell::kKept; ++k) store(s.kept + k * n + e, kept[k]);
  }
}

template <class Cell, bool Masked>
void backward_units(const Backward& s) {
  const int n = s.size;
  for (int e = 0; e < n; e += kLanes) {
    Vec kept[Cell::kKept], d_pre[Cell::kPre];
    for (int k = 0; k < Cell::kKept; ++k) kept[k] = load(s.kept + k * n + e);
    const Vec after = load(s.dh + e), c_after = Cell::kHasCell ? load(s.dc + e) : Vec{};
    Vec dc = c_after;
    const Vec dh = s.d_output ? after + load(s.d_output + e) : after;
    Vec past = Cell::backward(kept, load(s.before + e), dh, dc, d_pre);
    if constexpr (Masked) {
      const Ints alive = s.alive[e % s.width / kLanes];
      for (int k = 0; k < Cell::kPre; ++k) d_pre[k] = select(alive, d_pre[k], Vec{});
      past = select(alive, past, after);
      dc = select(alive, dc, c_after);
    }
    for (int k = 0; k < Cell::kPre; ++k) store(s.d_pre + k * n + e, d_pre[k]);
    store(s.dh + e, past);
    if (Cell::kHasCell) store(s.dc + e, dc);
  }
}

template <class Cell>
void forward_step(const Forward& s) {
  s.alive ? forward_units<Cell, true>(s) : forward_units<Cell, false>(s);
}

template <class Cell>
void backward_step(const Backward& s) {
  s.alive ? backward_units<Cell, true>(s) : backward_units<Cell, false>(s);
}
