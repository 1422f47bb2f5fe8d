// The two matrix products of a recurrence, in register tiles.
//
// `Packed` multiplies a matrix that stays in cache by columns that are samples: the lanes of a
// vector. `accumulate_outer` sums the outer products of rows over all steps and samples: the weight
// gradients.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <new>

#include "vector.h"

// Floats on a cache line's boundary, left as they are.
class Floats {
 public:
  explicit Floats(size_t count = 0)
      : data_(count ? static_cast<float*>(
                          std::aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64))
                    : nullptr) {
    if (count && !data_) throw std::bad_alloc();
  }
  float* get() const { return data_.get(); }
  operator float*() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> data_;
};

// out[r] (+)= Σ_k w[k][r] in[k] for R rows and S vectors of samples; w is packed [depth][R], in and
// out are [row][S].
template <int R, int S>
void product_tile(const float* w, int depth, const float* in, float* out, const float* bias) {
  Vec sum[R][S];
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s)
      sum[r][s] = bias ? broadcast(bias[r]) : load(out + (r * S + s) * kLanes);
  for (int k = 0; k < depth; ++k, w += R, in += S * kLanes) {
    Vec x[S];
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) x[s] = load(in + s * kLanes);
#pragma GCC unroll 32
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int s = 0; s < S; ++s) sum[r][s] += w[r] * x[s];
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) store(out + (r * S + s) * kLanes, sum[r][s]);
}

using ProductTile = void (*)(const float*, int, const float*, float*, const float*);

template <int S>
constexpr int kTileRows = (kRegisters == 32 ? 24 : 12) / S;

template <int S, int... R>
constexpr std::array<ProductTile, sizeof...(R)> product_tiles(std::integer_sequence<int, R...>) {
  return {product_tile<R + 1, S>...};
}

// A matrix [rows, depth], copied once into tiles of nearly equal height.
template <int S>
class Packed {
 public:
  template <class At>  // at(row, k)
  Packed(int rows, int depth, At at) : rows_(rows), depth_(depth), weights_(size_t(rows) * depth) {
    float* to = weights_;
    for_each_tile([&](int first, int count) {
      for (int k = 0; k < depth; ++k)
        for (int r = first; r < first + count; ++r) *to++ = at(r, k);
    });
  }

  // out[t] = bias + W in[t] at `steps` steps; without a bias, what stands in `out` is added to.
  void multiply(int steps, const float* in, ptrdiff_t in_step, float* out, ptrdiff_t out_step,
                const float* bias) const {
    static constexpr auto tiles = product_tiles<S>(std::make_integer_sequence<int, kTileRows<S>>{});
    const float* w = weights_;
    for_each_tile([&](int first, int count) {
      for (int t = 0; t < steps; ++t)
        tiles[count - 1](w, depth_, in + t * in_step,
                         out + t * out_step + ptrdiff_t(first) * S * kLanes,
                         bias ? bias + first : nullptr);
      w += ptrdiff_t(count) * depth_;
    });
  }

 private:
  template <class Do>  // Do(first row, rows)
  void for_each_tile(Do act) const {
    int tiles = (rows_ + kTileRows<S> - 1) / kTileRows<S>;
    for (int i = 0, first = 0; i < tiles; ++i) {
      int next = int(int64_t(rows_) * (i + 1) / tiles);
      act(first, next - first);
      first = next;
    }
  }

  int rows_, depth_;
  Floats weights_;
};

constexpr int kOuterVectors = kRegisters == 32 ? 3 : 2;
constexpr int kOuterRows = kRegisters == 32 ? 8 : 6;

// c[r][v] += Σ_n a[n][first + r] b[n][v] for R rows and V vectors of columns.
template <int R, int V>
void outer_tile(int count, const float* const* a, int first, const float* b, ptrdiff_t b_stride,
                float* c, ptrdiff_t c_stride) {
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)  // the sums of a wide layer lie outside the caches: fetch them while
                               // the products are taken
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) __builtin_prefetch(c + r * c_stride + v * kLanes, 1);
  Vec sum[R][V] = {};
  for (int n = 0; n < count; ++n, b += b_stride) {
    const float* row = a[n] + first;
    Vec y[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) y[v] = load(b + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] += row[r] * y[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      float* at = c + r * c_stride + v * kLanes;
      store(at, load(at) + sum[r][v]);
    }
}

using OuterTile = void (*)(int, const float* const*, int, const float*, ptrdiff_t, float*,
                           ptrdiff_t);

template <int V, int... R>
constexpr std::array<OuterTile, sizeof...(R)> outer_tiles(std::integer_sequence<int, R...>) {
  return {outer_tile<R + 1, V>...};
}

// c[row][column] += Σ_n a[n][row] b[n][column], `a` being pointers to rows wherever they lie.
// Columns are rounded up to whole vectors: `b` and `c` have room for that.
inline void accumulate_outer(int count, int rows, const float* const* a, int columns,
                             const float* b, ptrdiff_t b_stride, float* c, ptrdiff_t c_stride) {
  constexpr auto all = std::make_integer_sequence<int, kOuterRows>{};
  static constexpr std::array<std::array<OuterTile, kOuterRows>, 3> tiles = {
      outer_tiles<1>(all), outer_tiles<2>(all), outer_tiles<3>(all)};
  const int vectors = (columns + kLanes - 1) / kLanes;
  for (int v = 0; v < vectors; v += kOuterVectors)
    for (int r = 0; r < rows; r += kOuterRows)
      tiles[std::min(kOuterVectors, vectors - v) - 1][std::min(kOuterRows, rows - r) - 1](
          count, a, r, b + v * kLanes, b_stride, c + r * c_stride + v * kLanes, c_stride);
}
