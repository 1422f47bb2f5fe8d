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
// out are [row][S]. The rows of `in` from `first_part` on stand in `rest`.
template <int R, int S>
void product_tile(const float* w, int depth, const float* in, float* out, const float* bias,
                  int first_part, const float* rest) {
  Vec sum[R][S];
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s)
      sum[r][s] = bias ? broadcast(bias[r]) : load(out + (r * S + s) * kLanes);
  for (int end = first_part, k = 0;; end = depth, in = rest) {
    for (; k < end; ++k, w += R, in += S * kLanes) {
      Vec x[S];
#pragma GCC unroll 4
      for (int s = 0; s < S; ++s) x[s] = load(in + s * kLanes);
#pragma GCC unroll 32
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int s = 0; s < S; ++s) sum[r][s] += w[r] * x[s];
    }
    if (end == depth) break;
  }
#pragma GCC unroll 32
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int s = 0; s < S; ++s) store(out + (r * S + s) * kLanes, sum[r][s]);
}

using ProductTile = void (*)(const float*, int, const float*, float*, const float*, int,
                             const float*);

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
    const float* w = weights_;
    for_each_tile([&](int first, int count) {
      for (int t = 0; t < steps; ++t)
        kTiles[count - 1](w, depth_, in + t * in_step,
                          out + t * out_step + ptrdiff_t(first) * S * kLanes,
                          bias ? bias + first : nullptr, depth_, nullptr);
      w += ptrdiff_t(count) * depth_;
    });
  }

  // The same at one step, for an `in` whose rows lie in two places: `first_part` of them, and the
  // rest.
  void multiply_parts(int first_part, const float* in, const float* rest, float* out,
                      const float* bias) const {
    const float* w = weights_;
    for_each_tile([&](int first, int count) {
      kTiles[count - 1](w, depth_, in, out + ptrdiff_t(first) * S * kLanes,
                        bias ? bias + first : nullptr, first_part, rest);
      w += ptrdiff_t(count) * depth_;
    });
  }

 private:
  static constexpr auto kTiles = product_tiles<S>(std::make_integer_sequence<int, kTileRows<S>>{});

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

// c[r][v] += Σ_t Σ_s a[t][r][s] b[t][s][v] for R rows and V vectors of columns: the outer products of
// samples that are the lanes of `a` and rows of `b`.
template <int R, int V>
void lanes_tile(int steps, const float* a, ptrdiff_t a_step, const float* b, ptrdiff_t b_stride,
                float* c, ptrdiff_t c_stride) {
  Vec sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[r][v] = load(c + r * c_stride + v * kLanes);
  for (int t = 0; t < steps; ++t, a += a_step)
    for (int s = 0; s < kLanes; ++s, b += b_stride) {
      Vec y[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) y[v] = load(b + v * kLanes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) sum[r][v] += a[r * kLanes + s] * y[v];
    }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store(c + r * c_stride + v * kLanes, sum[r][v]);
}

using LanesTile = void (*)(int, const float*, ptrdiff_t, const float*, ptrdiff_t, float*,
                           ptrdiff_t);

template <int V, int... R>
constexpr std::array<LanesTile, sizeof...(R)> lanes_tiles(std::integer_sequence<int, R...>) {
  return {lanes_tile<R + 1, V>...};
}

// c[row][column] += Σ over `steps` steps and all lanes s of a[row][s] b[s][column]; `a` moves by
// `a_step` with each step, b by kLanes rows. Columns are rounded up to whole vectors.
inline void accumulate_lanes(int steps, int rows, const float* a, ptrdiff_t a_step, int columns,
                             const float* b, ptrdiff_t b_stride, float* c, ptrdiff_t c_stride) {
  constexpr auto all = std::make_integer_sequence<int, kOuterRows>{};
  static constexpr std::array<std::array<LanesTile, kOuterRows>, 3> tiles = {
      lanes_tiles<1>(all), lanes_tiles<2>(all), lanes_tiles<3>(all)};
  const int vectors = (columns + kLanes - 1) / kLanes;
  const int strips = (rows + kOuterRows - 1) / kOuterRows;  // of nearly equal height
  for (int v = 0; v < vectors; v += kOuterVectors)
    for (int k = 0, r = 0; k < strips; ++k) {
      const int next = rows * (k + 1) / strips;
      tiles[std::min(kOuterVectors, vectors - v) - 1][next - r - 1](
          steps, a + ptrdiff_t(r) * kLanes, a_step, b + v * kLanes, b_stride,
          c + r * c_stride + v * kLanes, c_stride);
      r = next;
    }
}

// c[column] += Σ_n b[n][column] over n rows.
inline void accumulate_rows(int n, int columns, const float* b, ptrdiff_t b_stride, float* c) {
  for (int v = 0; v < columns; v += kLanes) {
    Vec sum[2] = {load(c + v), Vec{}};
    for (int k = 0; k + 1 < n; k += 2)
      for (int j = 0; j < 2; ++j) sum[j] += load(b + (k + j) * b_stride + v);
    if (n % 2) sum[1] += load(b + (n - 1) * b_stride + v);
    store(c + v, sum[0] + sum[1]);
  }
}
