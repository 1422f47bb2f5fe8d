// Vectors of float as wide as the instruction set this file is compiled for, and the arithmetic on
// them.
//
// The compiler's vector types are used wherever they give one instruction, so that one source
// serves SSE2, AVX2, AVX-512 and NEON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#if defined(__SSE__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kRegisters = 32;
#else
constexpr int kRegisters = 16;
#endif

typedef float Vec __attribute__((vector_size(4 * kLanes)));
typedef int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef float VecInMemory __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const VecInMemory*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<VecInMemory*>(p) = v; }
inline Vec broadcast(float x) { return x - Vec{}; }
inline Vec select(Ints mask, Vec yes, Vec no) { return mask ? yes : no; }
// The greater and the lesser of a bound and x; x where x is NaN. One instruction each, which the
// compiler does not find by itself.
#if defined(__AVX512F__)
inline Vec at_least(float bound, Vec x) { return _mm512_max_ps(broadcast(bound), x); }
inline Vec at_most(float bound, Vec x) { return _mm512_min_ps(broadcast(bound), x); }
#elif defined(__AVX__)
inline Vec at_least(float bound, Vec x) { return _mm256_max_ps(broadcast(bound), x); }
inline Vec at_most(float bound, Vec x) { return _mm256_min_ps(broadcast(bound), x); }
#elif defined(__SSE__)
inline Vec at_least(float bound, Vec x) { return _mm_max_ps(broadcast(bound), x); }
inline Vec at_most(float bound, Vec x) { return _mm_min_ps(broadcast(bound), x); }
#else
inline Vec at_least(float bound, Vec x) { return select(x < bound, broadcast(bound), x); }
inline Vec at_most(float bound, Vec x) { return select(x > bound, broadcast(bound), x); }
#endif
inline Vec clamp(Vec x, float bound) { return at_most(bound, at_least(-bound, x)); }

// tanh(x) = x P(x²) / Q(x²), a quotient of polynomials. Beyond ±kSaturation, where it has just
// passed ±1, it is ±1. Relative error at most 5e-7 where |x| >= 1e-35 (absolute error below 1e-41
// nearer to 0), never beyond ±1; tanh(±inf) = ±1, tanh(NaN) = NaN.
constexpr float kSaturation = 9.154525f;
constexpr float kP[] = {4.89352455891786e-03f, 6.37261928875436e-04f,  1.48572235717979e-05f,
                        5.12229709037114e-08f, -8.60467152213735e-11f, 2.00018790482477e-13f,
                        -2.76076847742355e-16f};
constexpr float kQ[] = {4.89352518554385e-03f, 2.26843463243900e-03f, 1.18534705686654e-04f,
                        1.19825839466702e-06f};

template <int N>
inline Vec polynomial(const float (&coefficients)[N], Vec x, float scale, float step) {
  // Horner's rule on coefficients times scale * step^k, which the compiler folds into constants.
  float factors[N];
  float factor = scale;
  for (int k = 0; k < N; ++k, factor *= step) factors[k] = coefficients[k] * factor;
  Vec sum = broadcast(factors[N - 1]);
#pragma GCC unroll 8
  for (int k = N - 2; k >= 0; --k) sum = sum * x + factors[k];
  return sum;
}

inline Vec tanh(Vec x) {
  x = clamp(x, kSaturation);
  Vec square = x * x;
  return clamp(x * polynomial(kP, square, 1.0f, 1.0f) / polynomial(kQ, square, 1.0f, 1.0f), 1.0f);
}

// sigmoid(x) = 1/2 + tanh(x/2)/2 with the halves inside the coefficients. Absolute error at most
// 2e-7, within [0, 1]; 0 and 1 at ±inf, NaN at NaN.
inline Vec sigmoid(Vec x) {
  x = clamp(x, 2 * kSaturation);
  Vec square = x * x;
  return clamp(x * polynomial(kP, square, 0.25f, 0.25f) / polynomial(kQ, square, 1.0f, 0.25f),
               0.5f) +
         0.5f;
}

// eˣ for x ≤ 0: x = n·log 2 + r, eʳ by a polynomial, 2ⁿ by the exponent's bits. Relative error at
// most 2e-7; below -87, where the numbers end, e⁻⁸⁷.
inline Vec exp_of_negative(Vec x) {
  typedef uint32_t Bits __attribute__((vector_size(4 * kLanes)));
  x = at_least(-87.0f, x);
  const Vec shifted = x * 1.44269504f + 12582912.0f;  // 1.5·2²³: rounds
  const Vec n = shifted - 12582912.0f;
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  constexpr float kSeries[] = {5.0000001201e-1f, 1.6666665459e-1f, 4.1665795894e-2f,
                               8.3334519073e-3f, 1.3981999507e-3f, 1.9875691500e-4f};
  const Vec p = polynomial(kSeries, r, 1.0f, 1.0f) * (r * r) + r + 1.0f;
  return p * Vec((Bits(shifted) << 23) + (127u << 23));
}

// Transposes a square of kLanes vectors in log2(kLanes) rounds; each swaps the off-diagonal blocks
// of half the size.
template <int Half, int... J>
inline void exchange(Vec& upper, Vec& lower, std::integer_sequence<int, J...>) {
  Vec a = __builtin_shufflevector(upper, lower, (J & Half ? kLanes + J - Half : J)...);
  lower = __builtin_shufflevector(upper, lower, (J & Half ? kLanes + J : J + Half)...);
  upper = a;
}

template <int Half = kLanes / 2>
inline void transpose(Vec (&rows)[kLanes]) {
#pragma GCC unroll 16
  for (int r = 0; r < kLanes; ++r)
    if (!(r & Half))
      exchange<Half>(rows[r], rows[r + Half], std::make_integer_sequence<int, kLanes>{});
  if constexpr (Half > 1) transpose<Half / 2>(rows);
}

// Samples become lanes: out[c * width + s] = in[s * stride + c] for `samples` rows of `columns`
// floats; the lanes up to `width`, a multiple of kLanes, that have no sample are zero.
inline void to_lanes(const float* in, ptrdiff_t stride, int samples, int columns, float* out,
                     int width) {
  for (int first = 0; first < width; first += kLanes) {
    int c = 0;
    for (; c + kLanes <= columns; c += kLanes) {
      Vec rows[kLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r)
        rows[r] = first + r < samples ? load(in + (first + r) * stride + c) : Vec{};
      transpose(rows);
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) store(out + ptrdiff_t(c + r) * width + first, rows[r]);
    }
    for (; c < columns; ++c)
      for (int r = first; r < first + kLanes; ++r)
        out[ptrdiff_t(c) * width + r] = r < samples ? in[r * stride + c] : 0.0f;
  }
}

// Lanes become samples again: out[s * stride + c] = in[c * width + s] for `samples` rows of
// `columns` floats.
inline void from_lanes(const float* in, ptrdiff_t width, int samples, int columns, float* out,
                       ptrdiff_t stride) {
  for (int first = 0; first < samples; first += kLanes) {
    int c = 0;
    for (; c + kLanes <= columns; c += kLanes) {
      Vec rows[kLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) rows[r] = load(in + (c + r) * width + first);
      transpose(rows);
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r)
        if (first + r < samples) store(out + (first + r) * stride + c, rows[r]);
    }
    for (; c < columns; ++c)
      for (int r = first; r < first + kLanes && r < samples; ++r)
        out[r * stride + c] = in[c * width + r];
  }
}
