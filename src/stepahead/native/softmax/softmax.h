// The cross-entropy of a softmax over many words and its gradient, without the matrix of all
// scores.
//
// Row n of `hidden` has the scores z = W h + b, one for each word, and the loss log Σ exp z −
// z[target]. The gradient of Σ share[n] loss[n] by a score is share · (softmax − 1 at the target).
// Rows are cut into blocks, words into chunks. In a block, each chunk is scored, and exp(z − its
// largest) is kept; once the sum over all chunks is known, each becomes its gradient and gives it
// to W, b and h. Blocks, chunks and groups of chunks depend on shapes only, so the numbers are the
// same for any number of threads.
#pragma once

#include <cmath>
#include <cstring>
#include <vector>

#include "product.h"

constexpr int kTileVectors = kRegisters == 32 ? 3 : 2;
constexpr int kTileHeight = kRegisters == 32 ? 8 : 6;

// c[r][v] += Σ_k a[r][k] b[k][v] for R rows and V vectors of columns; a has a stride for each of
// its two axes, so that a transposed matrix serves as well.
template <int R, int V>
void strided_tile(int depth, const float* a, ptrdiff_t a_row, ptrdiff_t a_step, const float* b,
                  ptrdiff_t b_stride, float* c, ptrdiff_t c_stride) {
  Vec sum[R][V];
  const float* row[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    row[r] = a + r * a_row;
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) sum[r][v] = load(c + r * c_stride + v * kLanes);
  }
  for (ptrdiff_t k = 0, at = 0; k < depth; ++k, at += a_step, b += b_stride) {
    Vec x[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) x[v] = load(b + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) sum[r][v] += row[r][at] * x[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) store(c + r * c_stride + v * kLanes, sum[r][v]);
}

using StridedTile = void (*)(int, const float*, ptrdiff_t, ptrdiff_t, const float*, ptrdiff_t,
                             float*, ptrdiff_t);

template <int V, int... R>
constexpr std::array<StridedTile, sizeof...(R)> strided_tiles(std::integer_sequence<int, R...>) {
  return {strided_tile<R + 1, V>...};
}

struct Matrix {  // element [r][k] is at[r * row + k * step]
  const float* at;
  ptrdiff_t row, step;
};

// c += a b, for `columns` columns rounded up to whole vectors: b and c have room for that.
inline void add_product(int rows, int columns, int depth, Matrix a, const float* b,
                        ptrdiff_t b_stride, float* c, ptrdiff_t c_stride) {
  constexpr auto all = std::make_integer_sequence<int, kTileHeight>{};
  static constexpr std::array<std::array<StridedTile, kTileHeight>, 3> tiles = {
      strided_tiles<1>(all), strided_tiles<2>(all), strided_tiles<3>(all)};
  const int vectors = (columns + kLanes - 1) / kLanes;
  for (int v = 0; v < vectors; v += kTileVectors)
    for (int r = 0; r < rows; r += kTileHeight)
      tiles[std::min(kTileVectors, vectors - v) - 1][std::min(kTileHeight, rows - r) - 1](
          depth, a.at + r * a.row, a.row, a.step, b + v * kLanes, b_stride,
          c + r * c_stride + v * kLanes, c_stride);
}

inline ptrdiff_t odd_number_of_lines(ptrdiff_t floats) { return ((floats + 15) / 16 | 1) * 16; }

struct Softmax {
  static constexpr int kWords = 96;  // of a chunk: whole tiles for every set of instructions
  static constexpr int kGroups = 8;  // of chunks, each with its own sum for d_hidden

  const int rows, width, words;
  const float *hidden, *weight, *bias, *share;
  const int32_t* target;
  float *loss, *d_hidden, *d_weight, *d_bias;

  // What a block of rows reads again and again stays in the cache next to a core.
  const int blocks = std::max(1, (rows + block_limit() - 1) / block_limit());
  const int chunks = (words + kWords - 1) / kWords;
  const ptrdiff_t row_stride = odd_number_of_lines(width);
  const ptrdiff_t lanes = odd_number_of_lines((rows + blocks - 1) / blocks);
  Floats columns{size_t(width) * lanes}, padded_rows{size_t(lanes) * row_stride};
  Floats kept{size_t(words) * lanes}, largest{size_t(chunks) * lanes},
      factor{size_t(chunks) * lanes}, at_target{size_t(lanes)};
  Floats partial{size_t(kGroups) * lanes * row_stride};
  int first = 0, count = 0;  // of the block at hand

  int block_limit() const { return std::max(48, std::min(480, (5 << 14) / std::max(1, width))); }

  // `share_out(tasks, work)` calls work(0) … work(tasks - 1), in any order, on any threads.
  template <class ShareOut>
  void run(ShareOut share_out) {
    for (int block = 0; block < blocks; ++block) {
      first = int(int64_t(rows) * block / blocks);
      count = int(int64_t(rows) * (block + 1) / blocks) - first;
      lay_out();
      share_out(chunks, [this](int chunk) { score(chunk); });
      finish_sums();
      share_out(kGroups, [this](int group) { give(group); });
      add_partial();
    }
  }

 private:
  int first_word(int chunk) const { return chunk * kWords; }
  int words_of(int chunk) const { return std::min(kWords, words - first_word(chunk)); }
  int vectors() const { return (count + kLanes - 1) / kLanes; }
  const float* row(int n) const { return hidden + ptrdiff_t(first + n) * width; }

  // The block's rows with samples as lanes, and with the ends of rows filled up.
  void lay_out() {
    to_lanes(row(0), width, count, width, columns, int(lanes));
    std::fill_n(at_target.get(), count, NAN);  // what no word is
    for (int n = 0; n < count; ++n) copy_row(row(n), padded_rows + n * row_stride);
  }
  static ptrdiff_t padded_to_vector(ptrdiff_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

  void copy_row(const float* from, float* to) const {
    std::memcpy(to, from, width * sizeof(float));
    std::memset(to + width, 0, (padded_to_vector(width) - width) * sizeof(float));
  }

  void copy_words(int chunk, float* to) const {
    for (int v = 0; v < words_of(chunk); ++v)
      copy_row(weight + ptrdiff_t(first_word(chunk) + v) * width, to + v * row_stride);
  }

  // kept = exp(z - largest of the chunk), factor = its sum, for one chunk of words.
  void score(int chunk) const {
    const int begin = first_word(chunk), size = words_of(chunk);
    Floats w(size_t(kWords) * row_stride);
    copy_words(chunk, w);
    float* z = kept + ptrdiff_t(begin) * lanes;
    for (int v = 0; v < size; ++v)
      for (int n = 0; n < vectors(); ++n)
        store(z + v * lanes + n * kLanes, broadcast(bias[begin + v]));
    add_product(size, count, width, {w, row_stride, 1}, columns, lanes, z, lanes);
    for (int n = 0; n < count; ++n) {
      const int t = target[first + n] - begin;
      if (t >= 0 && t < size) at_target[n] = z[t * lanes + n];
    }
    for (int n = 0; n < vectors(); ++n) {
      float* at = z + n * kLanes;
      Vec most = load(at), sum{};
      for (int v = 1; v < size; ++v) {
        const Vec next = load(at + v * lanes);
        most = select(next > most, next, most);
      }
      for (int v = 0; v < size; ++v) {
        const Vec e = exp_of_negative(load(at + v * lanes) - most);
        store(at + v * lanes, e);
        sum += e;
      }
      store(largest + chunk * lanes + n * kLanes, most);
      store(factor + chunk * lanes + n * kLanes, sum);
    }
  }

  // The loss of each row; `factor` makes a chunk's kept numbers its share of the softmax.
  void finish_sums() {
    for (int n = 0; n < vectors(); ++n) {
      float *most_at = largest + n * kLanes, *factor_at = factor + n * kLanes;
      Vec most = load(most_at), sum{}, weight{};
      for (int c = 1; c < chunks; ++c) {
        const Vec next = load(most_at + c * lanes);
        most = select(next > most, next, most);
      }
      for (int c = 0; c < chunks; ++c)
        sum += load(factor_at + c * lanes) * exp_of_negative(load(most_at + c * lanes) - most);
      for (int l = 0; l < kLanes && n * kLanes + l < count; ++l) {
        const int at = n * kLanes + l;
        loss[first + at] = (most[l] - at_target[at]) + std::log(sum[l]);
        weight[l] = share[first + at];
      }
      for (int c = 0; c < chunks; ++c)
        store(factor_at + c * lanes,
              weight * exp_of_negative(load(most_at + c * lanes) - most) / sum);
    }
  }

  // What one group of chunks gives to W, b and h.
  void give(int group) const {
    float* dh = partial + group * lanes * row_stride;
    std::memset(dh, 0, count * row_stride * sizeof(float));
    Floats w(size_t(kWords) * row_stride), dw(size_t(kWords) * row_stride), p(kWords * lanes);
    for (int c = chunks * group / kGroups; c < chunks * (group + 1) / kGroups; ++c) {
      const int begin = first_word(c), size = words_of(c);
      copy_words(c, w);
      slopes(c, p);
      add_product(count, width, size, {p, 1, lanes}, w, row_stride, dh, row_stride);
      std::memset(dw, 0, size * row_stride * sizeof(float));
      add_product(size, width, count, {p, lanes, 1}, padded_rows, row_stride, dw, row_stride);
      for (int v = 0; v < size; ++v)
        add(dw + v * row_stride, d_weight + ptrdiff_t(begin + v) * width, first > 0);
    }
  }

  // The gradient by the scores of one chunk; its sums over rows are those of the bias.
  void slopes(int chunk, float* p) const {
    const int begin = first_word(chunk), size = words_of(chunk);
    for (int v = 0; v < size; ++v)
      for (int n = 0; n < vectors(); ++n)
        store(p + v * lanes + n * kLanes, load(kept + (begin + v) * lanes + n * kLanes) *
                                              load(factor + chunk * lanes + n * kLanes));
    for (int n = 0; n < count; ++n) {
      const int t = target[first + n] - begin;
      if (t >= 0 && t < size) p[t * lanes + n] -= share[first + n];
    }
    for (int v = 0; v < size; ++v) {
      Vec sum{};
      for (int n = 0; n < vectors(); ++n) sum += load(p + v * lanes + n * kLanes);
      float total = first > 0 ? d_bias[begin + v] : 0.0f;
      for (int l = 0; l < kLanes; ++l) total += sum[l];
      d_bias[begin + v] = total;
    }
  }

  void add_partial() {
    for (int n = 0; n < count; ++n)
      for (int group = 0; group < kGroups; ++group)
        add(partial + (group * lanes + n) * row_stride, d_hidden + ptrdiff_t(first + n) * width,
            group > 0);
  }

  // A row, written or added.
  void add(const float* from, float* to, bool more) const {
    if (!more) {
      std::memcpy(to, from, width * sizeof(float));
      return;
    }
    int k = 0;
    for (; k + kLanes <= width; k += kLanes) store(to + k, load(to + k) + load(from + k));
    for (; k < width; ++k) to[k] += from[k];
  }
};
