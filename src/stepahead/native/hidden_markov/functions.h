// Exponentials and logarithms in a form that the compiler turns into vector code.
#pragma once

#include <cstdint>
#include <cstring>

// A polynomial, its coefficients from the highest power down (Horner's rule).
template <int N, class Number>
[[gnu::always_inline]] inline Number horner(const double (&coefficients)[N], Number x) {
  Number sum = Number{} + coefficients[0];
#pragma GCC unroll 16
  for (int k = 1; k < N; ++k) sum = sum * x + coefficients[k];
  return sum;
}

// The same, even and odd powers side by side, so that half as much is waited for.
template <int N, class Number>
[[gnu::always_inline]] inline Number halves(const double (&coefficients)[N], Number x) {
  static_assert(N % 2 == 0);
  const Number square = x * x;
  Number odd = Number{} + coefficients[0], even = Number{} + coefficients[1];
#pragma GCC unroll 8
  for (int k = 2; k < N; k += 2) {
    odd = odd * square + coefficients[k];
    even = even * square + coefficients[k + 1];
  }
  return odd * x + even;
}

// A number, or a vector of numbers, as whole numbers of the same bits; unsigned where an overflow
// would not be defined.
template <class Number>
struct Whole {
  typedef decltype(Number{} < Number{}) Type;
};
template <>
struct Whole<double> {
  typedef uint64_t Type;
};

template <class To, class From>
[[gnu::always_inline]] inline To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof from);
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// eˣ for x ≤ 0 to the last digit or two: x = n·log 2 + r, eʳ by its series, 2ⁿ by the exponent's
// bits. 0 below -708.
template <class Number>
[[gnu::always_inline]] inline Number exp_of_negative(Number x) {
  typedef typename Whole<Number>::Type Bits;
  const Number least = Number{} - 708.0;
  const Number held = x < least ? least : x;
  const Number shifted = held * 1.4426950408889634 + 6755399441055744.0;  // 1.5·2⁵²: rounds
  const Number n = shifted - 6755399441055744.0;
  const Number r = (held - n * 0.69314718036912382) - n * 1.9082149292705877e-10;
  static constexpr double kSeries[] = {1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                       1.0 / 3628800.0,    1.0 / 362880.0,    1.0 / 40320.0,
                                       1.0 / 5040.0,       1.0 / 720.0,       1.0 / 120.0,
                                       1.0 / 24.0,         1.0 / 6.0,         0.5,
                                       1.0,                1.0};
  const Number p = halves(kSeries, r);
  const Bits power = (same_bits<Bits>(shifted) << 52) + (int64_t(1023) << 52);
  return x < least ? Number{} : p * same_bits<Number>(power);
}

// 2⁻ⁿ for x > 0 from 2ⁿ on to below 2ⁿ⁺¹; adds n to the exponent.
template <class Number>
[[gnu::always_inline]] inline Number power_to_one(Number x, typename Whole<Number>::Type& exponent) {
  typedef typename Whole<Number>::Type Bits;
  const Bits biased = same_bits<Bits>(x) >> 52;
  exponent += biased - 1023;
  return same_bits<Number>((2046 - biased) << 52);
}

// log x for x > 0 to the last digit or two: x = 2ⁿ·m with m from √½ to √2,
// log m = 2·artanh((m - 1)/(m + 1)) by its series.
[[gnu::always_inline]] inline double log_of(double x) {
  int64_t bits;
  std::memcpy(&bits, &x, 8);
  const int64_t shifted = bits - 0x3fe6a09e667f3bcd;  // the bits of √½
  const int64_t whole = int64_t(uint64_t(shifted) & 0xfff0000000000000);
  const int64_t rest = bits - whole;
  double m;
  std::memcpy(&m, &rest, 8);
  // n to a double without an instruction that only some processors have for vectors
  const int64_t biased = int64_t(uint64_t(shifted + (int64_t(1) << 62)) >> 52);
  const int64_t magic = biased + 0x4330000000000000;  // 2⁵² + biased
  double n;
  std::memcpy(&n, &magic, 8);
  n -= 4503599627370496.0 + 1024.0;
  const double f = (m - 1.0) / (m + 1.0), g = f * f;
  static constexpr double kSeries[] = {2.0 / 21.0, 2.0 / 19.0, 2.0 / 17.0, 2.0 / 15.0, 2.0 / 13.0,
                                       2.0 / 11.0, 2.0 / 9.0,  2.0 / 7.0,  2.0 / 5.0,  2.0 / 3.0};
  const double p = horner(kSeries, g);
  const double low = n * 1.9082149292705877e-10 + f * g * p;
  return n * 0.69314718036912382 + (2.0 * f + low);
}
