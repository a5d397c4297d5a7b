// Weights of 32, 16 or 8 bits, widened in registers.
#pragma once

#include <type_traits>

#include "elementwise.h"

namespace ramble::RAMBLE_ISA {

constexpr int GROUP = 64;  // entries of a row that share a scale

#if !defined(__AVX2__)
typedef uint16_t Halves __attribute__((vector_size(LANES * 2), aligned(2), may_alias));
typedef int8_t Bytes __attribute__((vector_size(LANES), aligned(1), may_alias));
#endif

INLINE Vec widenHalves(const uint16_t *p) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_cvtph_ps(-1, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
#elif defined(__AVX2__)
  return (Vec)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
#else
  const IntVec bits = __builtin_convertvector(*reinterpret_cast<const Halves *>(p), IntVec);
  // Exponents differ by 112; those of infinity and NaN go to the highest there is.
  const Vec size = (Vec)((bits & 0x7fff) << 13) * 0x1p112f;
  const IntVec special = ((bits & 0x7c00) == 0x7c00) & 0x7f800000;
  return (Vec)((IntVec)size | special | (bits & 0x8000) << 16);
#endif
}

INLINE Vec widenBytes(const int8_t *p) {
#if defined(__AVX512F__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
  return (Vec)_mm512_maskz_cvtepi32_ps(-1, _mm512_maskz_cvtepi8_epi32(-1, bytes));
#elif defined(__AVX2__)
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p));
  return (Vec)_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
#else
  return __builtin_convertvector(*reinterpret_cast<const Bytes *>(p), Vec);
#endif
}

INLINE size_t entryBytes(const Weights &w) {
  return w.width == Width::f32 ? 4 : w.width == Width::f16 ? 2 : 1;
}

// Where an entry lies. Memory may be asked for one that is not there.
INLINE const char *addressOf(const Weights &w, size_t row, size_t column) {
  return static_cast<const char *>(w.values) + (row * w.columns + column) * entryBytes(w);
}

// Rows of weights from `first` on, in vectors. A vector lies in one group of its row. The scale of bytes
// is not in them: it goes to the other factor, once for all that a row of x takes of a group, or to each vector.
template <Width WIDTH>
struct WeightRows {
  using Entry = std::conditional_t<WIDTH == Width::f32, float,
                                   std::conditional_t<WIDTH == Width::f16, uint16_t, int8_t>>;
  const Entry *entries;
  const float *scales;
  size_t columns, groups;

  INLINE WeightRows(const Weights &w, size_t first)
      : columns(w.columns), groups(ceilDivide(w.columns, GROUP)) {
    entries = static_cast<const Entry *>(w.values) + first * columns;
    scales = w.scales + (WIDTH == Width::int8 ? first * groups : 0);
  }

  // Asks memory for the line that begins at column j of a row, so that it is there when it is wanted.
  INLINE void fetch(size_t row, int j) const {
    constexpr int LINE = 64 / sizeof(Entry);
    if (j % LINE == 0) __builtin_prefetch(entries + row * columns + j);
  }

  // What the entries of the group of column j are multiples of.
  INLINE float scale(size_t row, int j) const {
    return WIDTH == Width::int8 ? scales[row * groups + j / GROUP] : 1;
  }

  // A vector of entries, not scaled.
  INLINE static Vec widened(const Entry *from) {
    if constexpr (WIDTH == Width::f32) return load(from);
    if constexpr (WIDTH == Width::f16) return widenHalves(from);
    if constexpr (WIDTH == Width::int8) return widenBytes(from);
  }
  ONCE static Vec widenedPart(const Entry *from, int count) {
    Entry part[LANES] = {};
    for (int lane = 0; lane < count; lane++) part[lane] = from[lane];
    return widened(part);
  }
  // The first `count`; zeros behind them.
  INLINE Vec upTo(size_t row, int j, int count) const {
    const Entry *from = entries + row * columns + j;
    return count == LANES ? widened(from) : widenedPart(from, count);
  }
};

// use(WeightRows) from row `first` on, in the width that the weights have.
template <class Use>
INLINE void withRows(const Weights &w, size_t first, const Use &use) {
  switch (w.width) {
    case Width::f32: return use(WeightRows<Width::f32>(w, first));
    case Width::f16: return use(WeightRows<Width::f16>(w, first));
    case Width::int8: return use(WeightRows<Width::int8>(w, first));
  }
}

// `count` entries of a row from column j0, a multiple of LANES, on; not scaled.
ONCE void widen(const Weights &w, size_t row, int j0, int count,
                                            float *out) {
  withRows(w, row, [&](const auto &rows) {
    forRow(count, [&](int j, int n) { storeUpTo(out + j, rows.upTo(0, j0 + j, n), n); });
  });
}

// What the entries of the group of column j are multiples of.
INLINE float scaleOf(const Weights &w, size_t row, int j) {
  return w.width == Width::int8 ? w.scales[row * ceilDivide(w.columns, GROUP) + j / GROUP] : 1;
}

// A row as it is.
inline void readRow(const Weights &w, size_t row, float *out) {
  widen(w, row, 0, w.columns, out);
  if (w.width != Width::int8) return;
  const float *scales = w.scales + row * ceilDivide(w.columns, GROUP);
  forRow(w.columns, [&](int j, int n) {
    storeUpTo(out + j, loadUpTo(out + j, n) * scales[j / GROUP], n);
  });
}

}  // namespace ramble::RAMBLE_ISA
