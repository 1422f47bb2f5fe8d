// Losses of a head and their gradients by what the output layer says, for a vector of samples.
#pragma once

#include "vector.h"

// 2 atanh(s) = log((1 + s) / (1 - s)) for |s| ≤ 1/3, relative error at most 2e-7.
inline Vec twice_atanh(Vec s) {
  constexpr float kOdd[] = {2.0f / 3, 2.0f / 5,  2.0f / 7,  2.0f / 9,
                            2.0f / 11, 2.0f / 13, 2.0f / 15, 2.0f / 17};
  const Vec square = s * s;
  return 2.0f * s + s * square * polynomial(kOdd, square, 1.0f, 1.0f);
}

// log x for finite x ≥ 2⁻¹²⁶: x = 2ⁿ m with m from √½ to √2.
inline Vec logarithm(Vec x) {
  typedef uint32_t Bits __attribute__((vector_size(4 * kLanes)));
  const Bits shifted = Bits(x) - 0x3f3504f3u;  // √½
  const Ints n = Ints(shifted) >> 23;
  const Vec m = Vec(Bits(x) - (Bits(n) << 23));
  return twice_atanh((m - 1.0f) / (m + 1.0f)) + __builtin_convertvector(n, Vec) * 0.69314718f;
}

// (out - target)² and its slope.
struct SquaredError {
  static constexpr int kParameters = 1;

  static Vec loss(const Vec (&out)[1], Vec target, Vec (&slope)[1]) {
    const Vec error = out[0] - target;
    slope[0] = 2.0f * error;
    return error * error;
  }
};

// The negative log density of a normal distribution with mean out[0] and deviation σ =
// log(1 + exp out[1]) + 1e-4, in nats.
struct NormalDensity {
  static constexpr int kParameters = 2;

  static Vec loss(const Vec (&out)[2], Vec target, Vec (&slope)[2]) {
    const Vec raw = out[1], less = select(raw < 0.0f, raw, -raw);
    const Vec power = exp_of_negative(less);  // e^-|raw|
    const Vec softplus = select(raw < 0.0f, Vec{}, raw) + twice_atanh(power / (2.0f + power));
    const Vec rises = select(raw < 0.0f, power, broadcast(1.0f)) / (1.0f + power);
    const Vec scale = softplus + 1e-4f, one_over = 1.0f / scale;
    const Vec z = (target - out[0]) * one_over;
    slope[0] = -z * one_over;
    slope[1] = (1.0f - z * z) * one_over * rises;
    return 0.5f * (z * z) + logarithm(scale) + 0.918938533f;
  }
};
