// Eight series side by side: one vector of double holds the same number of each.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

constexpr int kLanes = 8;
typedef double Vec __attribute__((vector_size(8 * kLanes)));
typedef int64_t Mask __attribute__((vector_size(8 * kLanes)));

inline Vec broadcast(double x) { return x - Vec{}; }

inline Vec size_of(Vec x) { return x < 0.0 ? -x : x; }

inline bool any(Mask mask) {
  int64_t found = 0;
  for (int k = 0; k < kLanes; ++k) found |= mask[k];
  return found != 0;
}

// log of each lane under the mask, 0 elsewhere.
inline Vec log_where(Mask mask, Vec x) {
  Vec result{};
  for (int k = 0; k < kLanes; ++k)
    if (mask[k]) result[k] = std::log(x[k]);
  return result;
}

// A square matrix of a few vectors, row by row.
struct Matrix {
  int size = 0;
  std::vector<Vec> numbers;

  explicit Matrix(int n) : size(n), numbers(size_t(n) * n) {}
  Vec* operator[](int row) { return numbers.data() + size_t(row) * size; }
  const Vec* operator[](int row) const { return numbers.data() + size_t(row) * size; }
};
