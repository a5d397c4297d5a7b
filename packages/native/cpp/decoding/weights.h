// Weights of 32, 16 or 8 bits by rows, dequantized in registers.
#pragma once

#include <type_traits>

#include "decoding/blocks.h"
#include "system/processor.h"
#include "vectors/rows.h"
#include "vectors/widen.h"

namespace ramble::RAMBLE_ISA {

constexpr int GROUP = 64;  // entries of a row that share a scale

// Distance in bytes from what is read to what is prefetched, so that it has arrived when it is needed.
constexpr size_t AHEAD = 16384;

INLINE size_t entryBytes(const Weights &w) {
  switch (w.width) {
    case Width::f32:
    case Width::f32Panels: return 4;
    case Width::f16:
    case Width::f16Panels: return 2;
    default: return 1;
  }
}

// Whether the processor foresees a run of floats or halves best where none of it is prefetched: AMD's do,
// which read it 1.3 times as fast then. Bytes are read faster with prefetches there too.
inline bool foreseesRuns() {
#if defined(__x86_64__)
  return processor().isAmd;
#else
  return false;
#endif
}

// The address of an entry. A prefetch may name one that does not exist.
INLINE const char *addressOf(const Weights &w, size_t row, size_t column) {
  return static_cast<const char *>(w.stored.values) + (row * w.columns + column) * entryBytes(w);
}

// Rows of weights from `first` on, every `apart`th, in vectors. A vector lies in one group of its row. The
// scale of bytes is not applied to them: it goes to the other factor, once for a row of x and a group, or to
// each vector.
template <Width WIDTH>
struct WeightRows {
  using Entry = std::conditional_t<WIDTH == Width::f32, float,
                                   std::conditional_t<WIDTH == Width::f16, uint16_t, int8_t>>;
  const Entry *entries;
  const float *scales;
  size_t line, groups;  // entries and scales from a row to the next one
  int apart;

  INLINE WeightRows(const Weights &w, size_t first, int apart = 1)
      : line(size_t(w.columns) * apart), groups(size_t(ceilDivide(w.columns, GROUP)) * apart), apart(apart) {
    entries = static_cast<const Entry *>(w.stored.values) + first * w.columns;
    scales = w.scales + (WIDTH == Width::int8 ? first * ceilDivide(w.columns, GROUP) : 0);
  }

  // Goes on to later rows.
  INLINE void skip(size_t rows) {
    entries += rows * line;
    if (WIDTH == Width::int8) scales += rows * groups;
  }

  // Prefetches the group that begins at column j of a row to the L2 cache: L1 is left to the sums and x.
  INLINE void fetch(size_t row, int j) const {
    const Entry *group = entries + row * line + j;
#pragma GCC unroll 4
    for (int i = 0; i < GROUP; i += 64 / sizeof(Entry)) __builtin_prefetch(group + i, 0, 2);
  }

  // Whether to leave it to the processor to prefetch a run of rows.
  INLINE static bool isForeseen() { return WIDTH != Width::int8 && foreseesRuns(); }

  // The first row that lies AHEAD bytes or more behind another.
  INLINE size_t ahead() const { return ceilDivide(AHEAD, line * sizeof(Entry)); }

  // The scale of the group of column j.
  INLINE float scale(size_t row, int j) const {
    return WIDTH == Width::int8 ? scales[row * groups + j / GROUP] : 1;
  }

  ONCE static Vec widenedPart(const Entry *from, int count) {
    Entry part[LANES] = {};
    for (int lane = 0; lane < count; lane++) part[lane] = from[lane];
    return widened(part);
  }
  // The first `count` entries, followed by zeros.
  INLINE Vec upTo(size_t row, int j, int count) const {
    const Entry *from = entries + row * line + j;
    if constexpr (WIDTH == Width::f32) return loadUpTo(from, count);
    return count == LANES ? widened(from) : widenedPart(from, count);
  }
};

// Calls use(WeightRows) with the rows from `first` on, in the width of the weights.
template <class Use>
INLINE void withRows(const Weights &w, size_t first, const Use &use) {
  switch (w.width) {
    case Width::f32: return use(WeightRows<Width::f32>(w, first));
    case Width::f16: return use(WeightRows<Width::f16>(w, first));
    case Width::int8: return use(WeightRows<Width::int8>(w, first));
    default: return;  // in blocks or panels, which have no rows
  }
}

// Converts `count` entries of a row to floats, from column j0, a multiple of LANES, on; not scaled.
ONCE void widen(const Weights &w, size_t row, int j0, int count, float *out) {
  withRows(w, row, [&](const auto &rows) {
    forRow(count, [&](int j, int n) { storeUpTo(out + j, rows.upTo(0, j0 + j, n), n); });
  });
}

// What the entries of the group of column j are multiples of.
INLINE float scaleOf(const Weights &w, size_t row, int j) {
  return w.width == Width::int8 ? w.scales[row * ceilDivide(w.columns, GROUP) + j / GROUP] : 1;
}

// Dequantizes a row.
inline void readRow(const Weights &w, size_t row, float *out) {
  if (isInBlocks(w)) return readOutput(w, row, out);
  withRows(w, row, [&](const auto &rows) {
    forRow(w.columns, [&](int j, int n) { storeUpTo(out + j, rows.upTo(0, j, n) * rows.scale(0, j), n); });
  });
}

}  // namespace ramble::RAMBLE_ISA
