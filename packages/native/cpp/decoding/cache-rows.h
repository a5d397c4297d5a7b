// Keys and values as the cache stores them: heads of 32-bit floats, of 16-bit floats, or of bytes with a
// scale behind them. A head is rounded once, to numbers that rounding leaves as they are, and attention
// computes with these numbers in 32 bits: core/src/model/cache-format.ts rounds to the same ones.
#pragma once

#include "kernels/round-to-float16.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// Bytes of a head of D numbers.
INLINE size_t headBytes(Width format, int D) {
  return format == Width::f32   ? D * sizeof(float)
         : format == Width::f16 ? D * sizeof(uint16_t)
                                : D + sizeof(float);
}

constexpr float MOST_HALF = 65504, SMALLEST_HEAD = 1e-30f;

// Calls use(entries, d) with the vectors of a head of narrow numbers; the last one is copied behind zeros
// where it is not full.
template <class Entry, class Use>
INLINE void forEntries(const Entry *from, int D, const Use &use) {
  int d = 0;
  for (; d + LANES <= D; d += LANES) use(from + d, d, LANES);
  if (d == D) return;
  Entry part[LANES] = {};
  __builtin_memcpy(part, from + d, (D - d) * sizeof(Entry));
  use(part, d, D - d);
}

// Reads a head.
INLINE void decodeHead(Width format, const uint8_t *from, int D, float *to) {
  if (format == Width::f16) {
    forEntries(reinterpret_cast<const uint16_t *>(from), D,
               [&](const uint16_t *entries, int d, int n) { storeUpTo(to + d, widened(entries), n); });
  } else if (format == Width::int8) {
    float scale;
    __builtin_memcpy(&scale, from + D, sizeof scale);
    forEntries(reinterpret_cast<const int8_t *>(from), D,
               [&](const int8_t *entries, int d, int n) { storeUpTo(to + d, scale * widened(entries), n); });
  } else {
    __builtin_memcpy(to, from, D * sizeof(float));
  }
}

// Rounds to 16 bits. Larger numbers become the largest that there is; infinity becomes NaN, and NaN stays it.
INLINE void roundToHalves(Vec v, uint16_t *halves) {
  const Vec odd = v - v;  // 0 or NaN
  const Vec bounded = smaller(broadcast(MOST_HALF), larger(broadcast(-MOST_HALF), v));
  storeHalves(halves, (Vec)((IntVec)bounded | (IntVec)odd));
#if !defined(__AVX2__) && !defined(__aarch64__)  // whose instructions know NaN
  for (int lane = 0; lane < LANES; lane++) halves[lane] = odd[lane] != odd[lane] ? 0x7e00 : halves[lane];
#endif
}

// The step of a head's integers. It has 16 significant bits, so that its multiples up to 127 are exact, and
// it is NaN where a number is not finite.
struct HeadScale {
  float scale;
  Vec inverse;

  INLINE HeadScale(const float *x, int D) {
    Vec most{}, odd{};
    forRow(D, [&](int d, int n) {
      const Vec v = loadUpTo(x + d, n);
      most = larger(v < 0 ? -v : v, most);
      odd += v - v;
    });
    scale = largest(most) / 127;
    int32_t bits;
    __builtin_memcpy(&bits, &scale, sizeof bits);
    bits = (bits + 0x80) & ~0xff;
    __builtin_memcpy(&scale, &bits, sizeof bits);
    if (largest(most) < SMALLEST_HEAD) scale = 0;
    inverse = broadcast(scale == 0 ? 0 : 1 / scale);
    scale += sum(odd);
  }

  // The nearest integers, of ties the even ones. The product is rounded before the sum, as it is in core.
  INLINE IntVec integers(Vec v) const {
    constexpr float ROUNDING = 12582912.0f;  // 1.5 * 2^23: adding it leaves no fraction bits
    return (IntVec)(inRegister(v * inverse) + ROUNDING) - (IntVec)broadcast(ROUNDING);
  }
};

// Rounds a head and stores it.
ONCE void encodeHead(Width format, const float *x, int D, uint8_t *to) {
  if (format == Width::f32) {
    __builtin_memcpy(to, x, D * sizeof(float));
  } else if (format == Width::f16) {
    forRow(D, [&](int d, int n) {
      uint16_t halves[LANES];
      roundToHalves(loadUpTo(x + d, n), halves);
      __builtin_memcpy(to + d * sizeof(uint16_t), halves, n * sizeof(uint16_t));
    });
  } else {
    typedef int8_t Numbers __attribute__((vector_size(LANES)));
    const HeadScale head(x, D);
    forRow(D, [&](int d, int n) {
      const Numbers numbers = __builtin_convertvector(head.integers(loadUpTo(x + d, n)), Numbers);
      __builtin_memcpy(to + d, &numbers, n);
    });
    __builtin_memcpy(to + D, &head.scale, sizeof head.scale);
  }
}

// Rounds a head to the numbers that the cache stores.
ONCE void roundHead(Width format, const float *x, int D, float *to) {
  if (format == Width::f32) {
    __builtin_memcpy(to, x, D * sizeof(float));
  } else if (format == Width::f16) {
    forRow(D, [&](int d, int n) {
      uint16_t halves[LANES];
      roundToHalves(loadUpTo(x + d, n), halves);
      storeUpTo(to + d, widened(halves), n);
    });
  } else {
    const HeadScale head(x, D);
    forRow(D, [&](int d, int n) {
      const Vec numbers = __builtin_convertvector(head.integers(loadUpTo(x + d, n)), Vec);
      storeUpTo(to + d, head.scale * numbers, n);
    });
  }
}

// Some heads of consecutive rows, `line` bytes apart.
struct CachedRun {
  const uint8_t *at;
  size_t line;
  int count;
};

// Reads the heads of rows, [count, heads * D].
ONCE void decodeRows(Width format, const CachedRun &rows, int heads, int D, float *to) {
  constexpr size_t BYTES_AHEAD = 4096, LINE = 64;    // what the processor fetches at once
  if (format != Width::int8) D *= heads, heads = 1;  // their heads lie side by side without scales
  const size_t bytes = headBytes(format, D);
  for (int row = 0; row < rows.count; row++) {
    const uint8_t *from = rows.at + row * rows.line;
    for (size_t i = 0; i < heads * bytes; i += LINE) __builtin_prefetch(from + BYTES_AHEAD + i, 0, 2);
    for (int head = 0; head < heads; head++, from += bytes, to += D) decodeHead(format, from, D, to);
  }
}

}  // namespace ramble::RAMBLE_ISA
