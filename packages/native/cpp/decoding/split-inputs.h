// Rows of floats as integers of one or three bytes, a scale for every 32 of them, for products by
// instructions that multiply bytes. What three bytes lose is what a float of the size of the largest would
// round off, so that products with them are as exact as in 32 bits.
#pragma once

#include "decoding/blocks.h"

namespace ramble::RAMBLE_ISA {

// A group of inputs: entry = step * (its bytes, one of each part, as the digits of a number, the highest
// first).
struct SplitGroup {
  float step;         // NaN if an entry is not finite
  float sum;          // of the entries
  int32_t sums[3];    // of the bytes of each part
  int32_t unused[3];  // a group of one or three parts is whole lines of the cache
  int8_t bytes[];     // [parts, BLOCK_INPUTS]

  INLINE const int8_t *part(int i) const { return bytes + i * BLOCK_INPUTS; }
};

// Rows of groups, whose entries are numbers of `parts` bytes.
struct SplitRows {
  uint8_t *memory;
  int groups, parts;

  // Bytes from a group to the next.
  INLINE size_t stride() const { return sizeof(SplitGroup) + size_t(parts) * BLOCK_INPUTS; }
  INLINE size_t rowBytes() const { return groups * stride(); }
  INLINE SplitGroup &at(int row, int group) const {
    return *reinterpret_cast<SplitGroup *>(memory + row * rowBytes() + group * stride());
  }
};

// The largest entry of a group becomes this: no part exceeds a byte, whatever is rounded.
inline float largestSplit(int parts) { return parts == 3 ? 0x7f7f00 : 0x7f; }
// A group of entries that are all smaller becomes zeros; its step could be no float.
constexpr float SMALLEST_SPLIT = 1e-30f;

INLINE IntVec nearestIntegers(Vec v) {
#if defined(__AVX512F__)
  return (IntVec)_mm512_maskz_cvtps_epi32(-1, (__m512)v);
#elif defined(__AVX2__)
  return (IntVec)_mm256_cvtps_epi32((__m256)v);
#elif defined(__aarch64__)
  return (IntVec)vcvtnq_s32_f32((float32x4_t)v);
#else
  return __builtin_convertvector(v + (v < 0 ? broadcast(-0.5f) : broadcast(0.5f)), IntVec);
#endif
}

inline void splitGroup(const float *x, int count, int parts, SplitGroup &to) {
  constexpr int VECTORS = BLOCK_INPUTS / LANES;
  typedef int8_t Digits __attribute__((vector_size(LANES)));
  Vec most{}, odd{};
  float entries[BLOCK_INPUTS] = {};
  __builtin_memcpy(entries, x, count * sizeof(float));
#pragma GCC unroll 8
  for (int i = 0; i < VECTORS; i++) {
    const Vec v = load(entries + i * LANES);
    most = larger(v < 0 ? -v : v, most);
    odd += v - v;  // NaN where v is not finite
  }
  const float size = largest(most);
  const bool isSmall = size < SMALLEST_SPLIT;
  const float inverse = isSmall ? 0 : largestSplit(parts) / size;
  IntVec whole[VECTORS];
#pragma GCC unroll 8
  for (int i = 0; i < VECTORS; i++) whole[i] = nearestIntegers(load(entries + i * LANES) * inverse);
  int32_t total = 0, place = 1;
  for (int part = parts - 1; part >= 0; part--, place *= 256) {
    IntVec sums{};
#pragma GCC unroll 8
    for (int i = 0; i < VECTORS; i++) {
      const IntVec digits = whole[i] << 24 >> 24;
      whole[i] = (whole[i] - digits) >> 8;
      sums += digits;
      const Digits bytes = __builtin_convertvector(digits, Digits);
      __builtin_memcpy(to.bytes + part * BLOCK_INPUTS + i * LANES, &bytes, LANES);
    }
    to.sums[part] = static_cast<int32_t>(sum(__builtin_convertvector(sums, Vec)));  // exact: it is small
    total += place * to.sums[part];
  }
  to.step = (isSmall ? 0 : size / largestSplit(parts)) + sum(odd);
  to.sum = to.step * static_cast<float>(total);
}

}  // namespace ramble::RAMBLE_ISA
