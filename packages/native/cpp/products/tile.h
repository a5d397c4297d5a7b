// The register tile of matrix products: c[ROWS][TILE_COLS] (+)= a[k][i] * b[k][j].
#pragma once

#include <type_traits>
#include <utility>

#include "vectors/widen.h"

namespace ramble::RAMBLE_ISA {

// How the tile finds a(i, k): in a packed panel [k][TILE_ROWS], or in rows that are `line` floats apart.
enum class Layout { packed, rows };

// A position in column k of the left operand. Three rows share a pointer, because an address can reach two
// more lines and fourteen pointers would not fit the registers.
template <Layout LAYOUT, int ROWS>
struct Left {
  static constexpr int POINTERS = LAYOUT == Layout::packed ? 1 : (ROWS + 2) / 3;
  const float *pointers[POINTERS];
  size_t line;

  INLINE Left(const float *a, size_t line) : line(line) {
    for (int i = 0; i < POINTERS; i++) pointers[i] = a + 3 * i * line;
  }
  // Of row i, `step` columns further on.
  INLINE float at(int i, int step) const {
    return LAYOUT == Layout::packed ? pointers[0][step * TILE_ROWS + i]
                                    : pointers[i / 3][i % 3 * line + step];
  }
  INLINE const float *from(int i) const {
    return LAYOUT == Layout::packed ? pointers[0] + i : pointers[i / 3] + i % 3 * line;
  }
  INLINE void advance(int steps) {
    for (int i = 0; i < POINTERS; i++) pointers[i] += LAYOUT == Layout::packed ? steps * TILE_ROWS : steps;
  }
};

// Whether the rows of a tile, `line` floats apart, evict one another from an L1 cache of 8 ways: rows a
// multiple of 4 kB apart fall into one set.
inline bool isCrowded(size_t line) { return TILE_ROWS > 8 && line % 1024 == 0; }

// What a tile prefetches to the L2 cache while it multiplies by rows: in each step as much as it reads of
// its right operand, in the runs in which it lies in memory.
struct Ahead {
  const char *at;
  size_t width = 0;       // bytes from step to step
  int left = 1, run = 1;  // steps of the first run; of the others
  size_t gap = 0;         // bytes between runs

  // The share of one step.
  template <size_t BYTES>
  INLINE void fetch() {
    for (size_t byte = 0; byte < BYTES; byte += 64) __builtin_prefetch(at + byte, 0, 2);
    at += width;
    if (--left == 0) {
      left = run;
      at += gap;
    }
  }
};

// Columns of k that the highest tile of floats by rows takes at a time: what counts and prefetches would else
// be a third of its instructions, and processors that begin four in a cycle would wait for them.
constexpr int STEPS_AT_ONCE = 2;

// Lines of the right operand that a tile by rows prefetches to the L1 cache: a panel fills that cache, and
// the processor does not foresee lines that are far apart.
constexpr size_t LINES_AHEAD = 8;

// Where a tile finds b(k, j): in rows `line` entries apart, which it dequantizes as it reads them.
template <class Entry>
struct Right {
  const Entry *at;
  size_t line;
  Ahead ahead;
  bool isForeseen = false;  // the processor prefetches it
};
template <class Entry>
Right(const Entry *, size_t, Ahead, bool = false) -> Right<Entry>;

// TILE_COLS columns of a matrix.
INLINE Right<float> columns(const float *at, size_t line) {
  return {at, line, {reinterpret_cast<const char *>(at)}};
}
// A panel [k][TILE_COLS], of floats or pairs.
template <class Entry = float>
INLINE Right<Entry> panel(const float *at) {
  return {reinterpret_cast<const Entry *>(at), TILE_COLS, {reinterpret_cast<const char *>(at)}};
}

// A row of a tile, += a * b.
template <class Entry>
INLINE void addStep(Vec &left, Vec &right, float a, Vec b0, Vec b1) {
  if constexpr (std::is_same_v<Entry, Pair>) {
    const Vec pairs = broadcast(a);
    Entry::add(left, pairs, b0);
    Entry::add(right, pairs, b1);
  } else {
    left += a * b0;
    right += a * b1;
  }
}

// Whether an operation multiplies by a lane of a vector, so that a load reads LANES left operands: of a row
// those of LANES columns, of a packed panel those of LANES rows.
#if defined(__aarch64__)
constexpr bool MULTIPLIES_BY_LANES = true;
#else
constexpr bool MULTIPLIES_BY_LANES = false;
#endif

// Calls multiply(lane) for every lane, each a constant.
template <class Multiply, int... LANE>
INLINE void multiplyEach(const Multiply &multiply, std::integer_sequence<int, LANE...>) {
  (multiply(std::integral_constant<int, LANE>()), ...);
}

// A fold over constant indices leaves named registers; a loop over an array makes GCC spill.
template <Layout LAYOUT, class Entry, int... I>
INLINE void multiplyTile(int depth, const float *a, size_t aLine, const Right<Entry> &b,
                         Vec (&c)[sizeof...(I)][2], std::integer_sequence<int, I...>) {
  constexpr bool isByRows = LAYOUT == Layout::rows;
  constexpr bool isHighest = isByRows && std::is_same_v<Entry, float> && sizeof...(I) == TILE_ROWS;
  constexpr int STEPS = isHighest ? STEPS_AT_ONCE : 1;
  constexpr size_t BYTES = TILE_COLS * sizeof(Entry);
  Vec left[sizeof...(I)] = {((void)I, Vec{})...};
  Vec right[sizeof...(I)] = {((void)I, Vec{})...};
  Left<LAYOUT, sizeof...(I)> rows(a, aLine);
  const size_t line = b.line, lead = b.isForeseen ? 0 : LINES_AHEAD * line;
  const Entry *at = b.at;
  Ahead ahead = b.ahead;
  const auto multiply = [&](int steps) __attribute__((always_inline)) {
#pragma GCC unroll 2
    for (int step = 0; step < steps; step++, at += line) {
      if constexpr (isByRows) {
        const char *next = reinterpret_cast<const char *>(at + lead);
        for (size_t byte = 0; byte < BYTES; byte += 64) __builtin_prefetch(next + byte);
      }
      const Vec b0 = widened(at), b1 = widened(at + LANES);
      (addStep<Entry>(left[I], right[I], rows.at(I, step), b0, b1), ...);
      asm volatile("" : "+r"(at));  // GCC would count each step by itself, and run out of registers
    }
    rows.advance(steps);
  };
  int k = 0;
  if constexpr (MULTIPLIES_BY_LANES && isByRows) {
    for (; k + LANES <= depth; k += LANES, rows.advance(LANES)) {
      if (__builtin_expect(ahead.width > 0, 0)) {
        for (int step = 0; step < LANES; step++) ahead.template fetch<BYTES>();
      }
      const Vec a[] = {load(rows.from(I))...};
      const auto multiplyLane = [&](auto lane) __attribute__((always_inline)) {
        const char *next = reinterpret_cast<const char *>(at + lead);
        for (size_t byte = 0; byte < BYTES; byte += 64) __builtin_prefetch(next + byte);
        const Vec b0 = widened(at), b1 = widened(at + LANES);
        (addStep<Entry>(left[I], right[I], a[I][decltype(lane)::value], b0, b1), ...);
        at += line;
      };
      multiplyEach(multiplyLane, std::make_integer_sequence<int, LANES>());
    }
  } else if constexpr (MULTIPLIES_BY_LANES && sizeof...(I) % LANES == 0) {
    for (; k < depth; k++, at += line, rows.advance(1)) {
      Vec a[sizeof...(I) / LANES];
      ((I % LANES == 0 ? (void)(a[I / LANES] = load(rows.from(I))) : (void)0), ...);
      const Vec b0 = widened(at), b1 = widened(at + LANES);
      (addStep<Entry>(left[I], right[I], a[I / LANES][I % LANES], b0, b1), ...);
    }
  }
  for (; isHighest && k + STEPS <= depth; k += STEPS) {
    if (__builtin_expect(ahead.width > 0, 0)) {
      for (int step = 0; step < STEPS; step++) ahead.template fetch<BYTES>();
    }
    multiply(STEPS);
  }
  for (; k < depth; k++) {
    if constexpr (isByRows) ahead.template fetch<BYTES>();
    multiply(1);
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

// Stores a tile with fewer columns than TILE_COLS, and any number of rows.
ONCE void storeColumns(const float *product, int rows, Target to) {
  for (int i = 0; i < rows; i++, product += TILE_COLS, to.c += to.line) {
    for (int j = 0; j < to.cols; j++) {
      const float value = product[j] + (to.bias ? to.bias[j] : 0);
      to.c[j] = to.isAdded ? to.c[j] + value : value;
    }
  }
}

template <int ROWS, Layout LAYOUT, class Entry>
ONCE void tile(int depth, const float *a, size_t aLine, const Right<Entry> &b, const Target &to) {
  const size_t line = to.line;
  // Prefetches the memory of the result, which is needed when the product is done.
#pragma GCC unroll 1
  for (int i = 0; i < ROWS; i++) {
    __builtin_prefetch(to.c + i * line, 1);
    __builtin_prefetch(to.c + i * line + to.cols - 1, 1);
  }
  Vec product[ROWS][2];
  multiplyTile<LAYOUT>(depth, a, aLine, b, product, std::make_integer_sequence<int, ROWS>());
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

// The next lower height that has a tile of its own. Operands of 32 bits have a tile of every height, the
// others of powers of two alone, so that the binary stays small.
template <Layout LAYOUT, class Entry>
constexpr int lowerTile(int rows) {
  if (LAYOUT == Layout::rows && sizeof(Entry) == sizeof(float)) return rows - 1;
  return rows > 8 ? 8 : rows > 4 ? 4 : rows / 2;
}

// c[rows][TILE_COLS] (+)= a * b for at most TILE_ROWS rows, by tiles as high as there are.
template <Layout LAYOUT, int ROWS, class Entry>
INLINE void tilesFrom(int rows, int depth, const float *a, size_t aLine, const Right<Entry> &b, Target to) {
  if (rows >= ROWS) {
    tile<ROWS, LAYOUT>(depth, a, aLine, b, to);
    if (rows == ROWS) return;
    rows -= ROWS;
    a += ROWS * (LAYOUT == Layout::packed ? 1 : aLine);
    to.c += ROWS * to.line;
  }
  if constexpr (ROWS > 1) tilesFrom<LAYOUT, lowerTile<LAYOUT, Entry>(ROWS)>(rows, depth, a, aLine, b, to);
}

template <Layout LAYOUT, class Entry>
ONCE void tiles(int rows, int depth, const float *a, size_t aLine, const Right<Entry> &b, const Target &to) {
  tilesFrom<LAYOUT, TILE_ROWS>(rows, depth, a, aLine, b, to);
}

// c[rows][cols] (+)= a * b for any number of rows and at most TILE_COLS columns. Tiles of A are `step`
// floats apart.
template <Layout LAYOUT, class Entry = float>
ONCE void tileColumn(int rows, int depth, const float *a, size_t aLine, size_t step, const float *b,
                     Target to) {
  for (int i = 0; i < rows; i += TILE_ROWS, a += step, to.c += TILE_ROWS * to.line) {
    tiles<LAYOUT>(rows - i < TILE_ROWS ? rows - i : TILE_ROWS, depth, a, aLine, panel<Entry>(b), to);
  }
}

}  // namespace ramble::RAMBLE_ISA
