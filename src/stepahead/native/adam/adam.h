// Clipping by the global norm and Adam's moments in two passes over memory: one for the norm, one
// that reads the gradient and both moments once and writes what takes their place.
//
// The vector is cut into pieces of one size, so the numbers are the same for any number of threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "vector.h"

inline Vec square_root(Vec x) {
#if defined(__AVX512F__)
  return _mm512_sqrt_ps(x);
#elif defined(__AVX__)
  return _mm256_sqrt_ps(x);
#elif defined(__SSE__)
  return _mm_sqrt_ps(x);
#else
  for (int l = 0; l < kLanes; ++l) x[l] = std::sqrt(x[l]);
  return x;
#endif
}

struct Adam {
  static constexpr int64_t kPiece = 1 << 14;
  static constexpr float kFirst = 0.9f, kSecond = 0.999f, kTiny = 1e-8f;
  static constexpr float kFirstRest = 0.1f, kSecondRest = 0.001f;  // 1 - β before it is rounded

  const int64_t size;
  const float *gradient, *mean, *square;  // may be the arrays that are written
  float *direction, *new_mean, *new_square;
  const float clip;           // not above 0: no clipping
  const float first, second;  // 1 - kFirst^t and 1 - kSecond^t after t updates

  int pieces() const { return int((size + kPiece - 1) / kPiece); }

  // `share_out(tasks, work)` calls work(0) … work(tasks - 1), in any order, on any threads.
  template <class ShareOut>
  void run(ShareOut share_out) const {
    float scale = 1.0f;
    if (clip > 0) {
      std::vector<double> sums(pieces());
      share_out(pieces(), [&](int piece) { sums[piece] = sum_of_squares(piece); });
      double total = 0;
      for (double sum : sums) total += sum;
      const float norm = float(std::sqrt(total));
      if (!(norm < clip)) scale = clip / norm;
    }
    share_out(pieces(), [&](int piece) { move(piece, scale); });
  }

 private:
  int64_t begin(int piece) const { return piece * kPiece; }
  int64_t end(int piece) const { return std::min(size, begin(piece) + kPiece); }

  double sum_of_squares(int piece) const {
    Vec sum[4] = {};
    int64_t k = begin(piece);
    for (; k + 4 * kLanes <= end(piece); k += 4 * kLanes)
      for (int j = 0; j < 4; ++j) {
        const Vec x = load(gradient + k + j * kLanes);
        sum[j] += x * x;
      }
    const Vec all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    double total = 0;
    for (int l = 0; l < kLanes; ++l) total += all[l];
    for (; k < end(piece); ++k) total += double(gradient[k]) * gradient[k];
    return total;
  }

  void move(int piece, float scale) const {
    int64_t k = begin(piece);
    for (; k + kLanes <= end(piece); k += kLanes)
      move(scale, gradient + k, mean + k, square + k, direction + k, new_mean + k, new_square + k);
    if (const int64_t rest = end(piece) - k; rest > 0) {
      float in[3][kLanes] = {}, out[3][kLanes];
      const float* from[3] = {gradient, mean, square};
      float* to[3] = {direction, new_mean, new_square};
      for (int a = 0; a < 3; ++a) std::copy_n(from[a] + k, rest, in[a]);
      move(scale, in[0], in[1], in[2], out[0], out[1], out[2]);
      for (int a = 0; a < 3; ++a) std::copy_n(out[a], rest, to[a] + k);
    }
  }

  void move(float scale, const float* g, const float* m, const float* v, float* u, float* new_m,
            float* new_v) const {
    const Vec x = load(g) * scale;
    const Vec by = kFirst * load(m) + kFirstRest * x;
    const Vec of = kSecond * load(v) + kSecondRest * (x * x);
    store(new_m, by);
    store(new_v, of);
    store(u, (by / first) / (square_root(of / second) + kTiny));
  }
};
