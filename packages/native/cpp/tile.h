// The register tile of matrix products: c[ROWS][TILE_COLS] (+)= a[k][i] * b[k][j].
#pragma once

#include <utility>

#include "vec.h"

namespace ramble::RAMBLE_ISA {

// How the tile finds a(i, k): in a packed panel [k][TILE_ROWS], or in rows that are `line` floats apart.
enum class Layout { packed, rows };

// Where it stands in a row k of the left operand. Rows go by three a pointer: an address reaches two
// more lines, and fourteen pointers would not fit the registers.
template <Layout LAYOUT, int ROWS>
struct Left {
  static constexpr int POINTERS = LAYOUT == Layout::packed ? 1 : (ROWS + 2) / 3;
  const float *at[POINTERS];
  size_t line;

  INLINE Left(const float *a, size_t line) : line(line) {
    for (int i = 0; i < POINTERS; i++) at[i] = a + 3 * i * line;
  }
  INLINE float operator[](int i) const {
    return LAYOUT == Layout::packed ? at[0][i] : at[i / 3][i % 3 * line];
  }
  INLINE void advance() {
    for (int i = 0; i < POINTERS; i++) at[i] += LAYOUT == Layout::packed ? TILE_ROWS : 1;
  }
};

// Whether the rows of a tile, so many floats apart, drive one another out of an L1 cache of 8 ways: those that
// are a multiple of 4 kB apart fall into one set.
inline bool isCrowded(size_t line) { return TILE_ROWS > 8 && line % 1024 == 0; }

// What memory is asked for while a tile is multiplied, to come as far as the L2 cache: the bytes of TILE_COLS
// floats, of as many rows as the tile is deep.
struct Ahead {
  const char *at = nullptr;
  size_t line = 0;
};

// A fold over constant indices leaves named registers; a loop over an array makes GCC spill.
template <Layout LAYOUT, bool ASKS, int... I>
INLINE void multiplyTile(int depth, const float *a, size_t aLine, const float *b, Ahead ahead,
                         Vec (&c)[sizeof...(I)][2], std::integer_sequence<int, I...>) {
  Vec left[sizeof...(I)] = {((void)I, Vec{})...};
  Vec right[sizeof...(I)] = {((void)I, Vec{})...};
  Left<LAYOUT, sizeof...(I)> rows(a, aLine);
  for (int k = 0; k < depth; k++) {
    if constexpr (ASKS) {
      for (size_t byte = 0; byte < TILE_COLS * sizeof(float); byte += 64) __builtin_prefetch(ahead.at + byte, 0, 2);
      ahead.at += ahead.line;
    }
    const Vec b0 = load(b), b1 = load(b + LANES);
    ((left[I] += rows[I] * b0, right[I] += rows[I] * b1), ...);
    rows.advance();
    b += TILE_COLS;
  }
  ((c[I][0] = left[I], c[I][1] = right[I]), ...);
}

// Where a tile's result goes: c (+)= product, + bias of its columns unless null.
struct Target {
  float *c;
  size_t line;
  int cols;  // at most TILE_COLS
  bool isAdded;
  const float *bias;
};

// The tile of fewer columns, and of any number of rows.
__attribute__((noinline, noclone)) inline void storeColumns(const float *product, int rows, Target to) {
  for (int i = 0; i < rows; i++, product += TILE_COLS, to.c += to.line) {
    for (int j = 0; j < to.cols; j++) {
      const float value = product[j] + (to.bias ? to.bias[j] : 0);
      to.c[j] = to.isAdded ? to.c[j] + value : value;
    }
  }
}

template <int ROWS, Layout LAYOUT, bool ASKS = false>
ONCE void tile(int depth, const float *a, size_t aLine, const float *b, const Target &to,
               const Ahead &ahead = {}) {
  const size_t line = to.line;
  // Where the result goes is wanted when the product is done.
#pragma GCC unroll 1
  for (int i = 0; i < ROWS; i++) {
    __builtin_prefetch(to.c + i * line, 1);
    __builtin_prefetch(to.c + i * line + to.cols - 1, 1);
  }
  Vec product[ROWS][2];
  multiplyTile<LAYOUT, ASKS>(depth, a, aLine, b, ahead, product, std::make_integer_sequence<int, ROWS>());
  if (to.cols < TILE_COLS) {
    float values[ROWS * TILE_COLS];
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      store(values + i * TILE_COLS, product[i][0]);
      store(values + i * TILE_COLS + LANES, product[i][1]);
    }
    storeColumns(values, ROWS, to);
    return;
  }
  float *c = to.c;
  const Vec bias[2] = {to.bias ? load(to.bias) : Vec{}, to.bias ? load(to.bias + LANES) : Vec{}};
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++, c += line) {
    Vec y[2] = {product[i][0] + bias[0], product[i][1] + bias[1]};
    if (to.isAdded) {
      y[0] += load(c);
      y[1] += load(c + LANES);
    }
    store(c, y[0]);
    store(c + LANES, y[1]);
  }
}

// The tile of `rows` rows, at most TILE_ROWS.
template <Layout LAYOUT, bool ASKS = false, int ROWS = TILE_ROWS>
inline void tileOf(int rows, int depth, const float *a, size_t aLine, const float *b,
                   const Target &to, const Ahead &ahead = {}) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) {
      tileOf<LAYOUT, ASKS, ROWS - 1>(rows, depth, a, aLine, b, to, ahead);
      return;
    }
  }
  tile<ROWS, LAYOUT, ASKS>(depth, a, aLine, b, to, ahead);
}

// c[rows][cols] (+)= a * b for any number of rows and at most TILE_COLS columns. Tiles of A are `step`
// floats apart.
template <Layout LAYOUT>
ONCE void tileColumn(int rows, int depth, const float *a, size_t aLine, size_t step,
                       const float *b, Target to) {
  for (int i = 0; i < rows; i += TILE_ROWS, a += step, to.c += TILE_ROWS * to.line) {
    tileOf<LAYOUT>(rows - i < TILE_ROWS ? rows - i : TILE_ROWS, depth, a, aLine, b, to);
  }
}

}  // namespace ramble::RAMBLE_ISA
