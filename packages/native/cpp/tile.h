// The register tile of matrix products: c[ROWS][TILE_COLS] (+)= a[k][i] * b[k][j].
#pragma once

#include <utility>

#include "vec.h"

namespace ramble::RAMBLE_ISA {

// How the tile finds a(i, k): in a packed panel [k][TILE_ROWS], or in rows of TILE_COLS floats.
enum class Layout { packed, rows };

template <Layout LAYOUT>
INLINE float elementOf(const float *a, int i, int k) {
  return LAYOUT == Layout::packed ? a[k * TILE_ROWS + i] : a[i * TILE_COLS + k];
}

// A fold over constant indices leaves named registers; a loop over an array makes GCC spill.
template <Layout LAYOUT, int... I>
INLINE void multiplyTile(int depth, const float *a, const float *b, Vec (&c)[sizeof...(I)][2],
                         std::integer_sequence<int, I...>) {
  Vec left[sizeof...(I)] = {((void)I, Vec{})...};
  Vec right[sizeof...(I)] = {((void)I, Vec{})...};
  for (int k = 0; k < depth; k++) {
    const Vec b0 = load(b), b1 = load(b + LANES);
    ((left[I] += elementOf<LAYOUT>(a, I, 0) * b0, right[I] += elementOf<LAYOUT>(a, I, 0) * b1), ...);
    a += LAYOUT == Layout::packed ? TILE_ROWS : 1;
    b += TILE_COLS;
  }
  ((c[I][0] = left[I], c[I][1] = right[I]), ...);
}

template <int ROWS, Layout LAYOUT>
inline void tile(int depth, const float *a, const float *b, float *c, size_t line, int cols,
                 bool isAdded) {
  Vec product[ROWS][2];
  multiplyTile<LAYOUT>(depth, a, b, product, std::make_integer_sequence<int, ROWS>());
  if (cols == TILE_COLS) {
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++, c += line) {
      store(c, isAdded ? load(c) + product[i][0] : product[i][0]);
      store(c + LANES, isAdded ? load(c + LANES) + product[i][1] : product[i][1]);
    }
    return;
  }
  for (int i = 0; i < ROWS; i++, c += line) {
    for (int j = 0; j < cols; j++) {
      const float value = product[i][j / LANES][j % LANES];
      c[j] = isAdded ? c[j] + value : value;
    }
  }
}

// The tile of `rows` rows, at most TILE_ROWS.
template <Layout LAYOUT, int ROWS = TILE_ROWS>
inline void tileOf(int rows, int depth, const float *a, const float *b, float *c, size_t line,
                   int cols, bool isAdded) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) {
      tileOf<LAYOUT, ROWS - 1>(rows, depth, a, b, c, line, cols, isAdded);
      return;
    }
  }
  tile<ROWS, LAYOUT>(depth, a, b, c, line, cols, isAdded);
}

// c[rows][cols] (+)= a * b for any number of rows and at most TILE_COLS columns. Packed panels of A
// are `panel` floats apart.
template <Layout LAYOUT>
inline void tileColumn(int rows, int depth, const float *a, size_t panel, const float *b, float *c,
                       size_t line, int cols, bool isAdded) {
  for (int i = 0; i < rows; i += TILE_ROWS, a += panel, c += TILE_ROWS * line) {
    const int count = rows - i < TILE_ROWS ? rows - i : TILE_ROWS;
    tileOf<LAYOUT>(count, depth, a, b, c, line, cols, isAdded);
  }
}

}  // namespace ramble::RAMBLE_ISA
