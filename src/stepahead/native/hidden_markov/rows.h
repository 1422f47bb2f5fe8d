// Rows of a number for each hidden state, in vectors.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__AVX512F__)
constexpr int kWidest = 8;
#elif defined(__AVX__)
constexpr int kWidest = 4;
#else
constexpr int kWidest = 2;
#endif

// As many numbers as a vector of the processor holds, or all states where they are fewer.
template <int kWidth>
struct Lanes {
  static constexpr int kLanes = kWidth < kWidest ? kWidth : kWidest, kCount = kWidth / kLanes;
  typedef double Vector __attribute__((vector_size(kLanes * 8)));
  typedef std::make_integer_sequence<int, kLanes> Places;
};

// A row in registers. Named vectors, as compilers find them in loops of some widths only.
template <int kWidth>
struct Row {
  using L = Lanes<kWidth>;
  using Vector = typename L::Vector;
  Vector part[L::kCount];

  static Row load(const double* from) {
    Row row;
    std::memcpy(&row, from, sizeof row);
    return row;
  }

  static Row filled(double value) {
    Row row;
    for (int n = 0; n < L::kCount; ++n) row.part[n] = value - Vector{};
    return row;
  }

  void store(double* to) const { std::memcpy(to, this, sizeof *this); }

  Row& operator*=(double scale) {
    for (int n = 0; n < L::kCount; ++n) part[n] *= scale;
    return *this;
  }

  Row& operator*=(const Vector& scale) {
    for (int n = 0; n < L::kCount; ++n) part[n] *= scale;
    return *this;
  }

  Row& operator*=(const Row& other) {
    for (int n = 0; n < L::kCount; ++n) part[n] *= other.part[n];
    return *this;
  }

  Row& operator+=(const Row& other) {
    for (int n = 0; n < L::kCount; ++n) part[n] += other.part[n];
    return *this;
  }

  // Adds scale · other; the scale a number, or that in every lane.
  template <class Scale>
  void add(const Scale& scale, const Row& other) {
    for (int n = 0; n < L::kCount; ++n) part[n] += scale * other.part[n];
  }
};

// The vector with its lanes moved around by half, and then by half of that, in turn: a maximum over
// all lanes, in every lane.
template <int kHalf, class Vector, int... J>
inline Vector largest_lanes(Vector v, std::integer_sequence<int, J...> places) {
  if constexpr (kHalf == 0) {
    return v;
  } else {
    const Vector other = __builtin_shufflevector(v, v, (J ^ kHalf)...);
    return largest_lanes<kHalf / 2>(v > other ? v : other, places);
  }
}

// The largest number of a row, in every lane.
template <int kWidth>
inline typename Lanes<kWidth>::Vector largest_of(const Row<kWidth>& row) {
  using L = Lanes<kWidth>;
  typename L::Vector most = row.part[0];
  for (int n = 1; n < L::kCount; ++n) most = most > row.part[n] ? most : row.part[n];
  return largest_lanes<L::kLanes / 2>(most, typename L::Places{});
}

// The sum over lanes by halves, in every lane.
template <int kHalf, class Vector, int... J>
inline Vector added_lanes(Vector v, std::integer_sequence<int, J...> places) {
  if constexpr (kHalf == 0) {
    return v;
  } else {
    const Vector other = __builtin_shufflevector(v, v, (J ^ kHalf)...);
    return added_lanes<kHalf / 2>(v + other, places);
  }
}

// The sum of a row, in every lane.
template <int kWidth>
inline typename Lanes<kWidth>::Vector total_of(const Row<kWidth>& row) {
  using L = Lanes<kWidth>;
  typename L::Vector sum = row.part[0];
  for (int n = 1; n < L::kCount; ++n) sum += row.part[n];
  return added_lanes<L::kLanes / 2>(sum, typename L::Places{});
}

template <int kWidth>
inline double sum_of(const Row<kWidth>& row) {
  return total_of(row)[0];
}

// One lane of a vector, in every lane.
template <int kLane, class Vector, int... J>
inline Vector everywhere(Vector v, std::integer_sequence<int, J...>) {
  return __builtin_shufflevector(v, v, (J * 0 + kLane)...);
}

// The numbers of a row, each in every lane where a row is one vector: moved inside registers, as one
// step waits for the step before it.
template <int kWidth>
class Each {
  using L = Lanes<kWidth>;
  using R = Row<kWidth>;
  static constexpr bool kOneVector = L::kCount == 1;
  std::conditional_t<kOneVector, typename R::Vector, double> numbers[kWidth];

  template <int... I>
  void move(const R& x, std::integer_sequence<int, I...> places) {
    ((numbers[I] = everywhere<I>(x.part[0], places)), ...);
  }

 public:
  explicit Each(const R& x) {
    if constexpr (kOneVector)
      move(x, typename L::Places{});
    else
      x.store(numbers);
  }

  const auto& operator[](int i) const { return numbers[i]; }
};

// Multiplies rows by a matrix from the right: several sums side by side, so that one does not wait
// for the other.
template <int kWidth>
class Matrix {
  using L = Lanes<kWidth>;
  using R = Row<kWidth>;
  static constexpr int kSums = kWidth < 4 ? kWidth : kWidth < 32 ? 4 : 2;
  static constexpr bool kHeld = kWidth <= 4;  // in registers
  const double* matrix;
  R rows[kHeld ? kWidth : 1];

  R row(int i) const {
    if constexpr (kHeld)
      return rows[i];
    else
      return R::load(matrix + i * kWidth);
  }

 public:
  explicit Matrix(const double* from) : matrix(from) {
    for (int i = 0; kHeld && i < kWidth; ++i) rows[i] = R::load(from + i * kWidth);
  }

  R after(const Each<kWidth>& each) const {
    R sums[kSums] = {};
#pragma GCC unroll 64
    for (int i = 0; i < kWidth; ++i)
#pragma GCC unroll 8
      for (int n = 0; n < L::kCount; ++n) {
        const auto term = each[i] * row(i).part[n];
        sums[i % kSums].part[n] = i < kSums ? term : sums[i % kSums].part[n] + term;
      }
    sums[0] += sums[1];
    if constexpr (kSums == 4) {
      sums[2] += sums[3];
      sums[0] += sums[2];
    }
    return sums[0];
  }
};

// A row of as many numbers as there are states, filled up with the rest.
template <int kWidth>
inline Row<kWidth> spread(int64_t states, const double* row, double rest) {
  if (states == kWidth) return Row<kWidth>::load(row);
  double wide[kWidth];
  for (int k = 0; k < kWidth; ++k) wide[k] = k < states ? row[k] : rest;
  return Row<kWidth>::load(wide);
}

// The same back, without what was filled up.
template <int kWidth>
inline void narrow(int64_t states, const Row<kWidth>& wide, double* row) {
  if (states == kWidth) return wide.store(row);
  double each[kWidth];
  wide.store(each);
  for (int64_t k = 0; k < states; ++k) row[k] = each[k];
}
