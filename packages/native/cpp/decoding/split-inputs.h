// Rows of floats as integers of 24 bits in three bytes each, a scale for every 32 of them: what they lose is
// what a float of the size of the largest would round off, so that products with them are as exact as in 32
// bits, by instructions that multiply bytes.
#pragma once

#include "decoding/blocks.h"

namespace ramble::RAMBLE_ISA {

// entry = step * (65536 parts[0] + 256 parts[1] + parts[2]).
struct SplitGroup {
  int8_t parts[3][BLOCK_INPUTS];
  float step;         // NaN if an entry is not finite
  float sum;          // of the entries
  int32_t sums[3];    // of each part
  int32_t unused[3];  // a group is two lines of the cache
};

// The largest entry of a group becomes this: no part exceeds a byte, whatever is rounded.
constexpr float LARGEST_SPLIT = 0x7f7f00;
// A group of entries that are all smaller becomes zeros; its step could be no float.
constexpr float SMALLEST_SPLIT = 1e-30f;

INLINE IntVec nearestIntegers(Vec v) {
#if defined(__AVX512F__)
  return (IntVec)_mm512_maskz_cvtps_epi32(-1, (__m512)v);
#elif defined(__AVX2__)
  return (IntVec)_mm256_cvtps_epi32((__m256)v);
#else
  return __builtin_convertvector(v + (v < 0 ? broadcast(-0.5f) : broadcast(0.5f)), IntVec);
#endif
}

inline void splitGroup(const float *x, int count, SplitGroup &to) {
  Vec most{}, odd{};
  float entries[BLOCK_INPUTS] = {};
  __builtin_memcpy(entries, x, count * sizeof(float));
#pragma GCC unroll 8
  for (int i = 0; i < BLOCK_INPUTS; i += LANES) {
    const Vec v = load(entries + i);
    most = larger(v < 0 ? -v : v, most);
    odd += v - v;  // NaN where v is not finite
  }
  const float size = largest(most);
  const bool isSmall = size < SMALLEST_SPLIT;
  const float inverse = isSmall ? 0 : LARGEST_SPLIT / size;
  int32_t whole[BLOCK_INPUTS];
#pragma GCC unroll 8
  for (int i = 0; i < BLOCK_INPUTS; i += LANES) {
    const IntVec integers = nearestIntegers(load(entries + i) * inverse);
    __builtin_memcpy(whole + i, &integers, sizeof integers);
  }
  int32_t sums[3] = {};
  for (int i = 0; i < BLOCK_INPUTS; i++) {
    const int8_t low = static_cast<int8_t>(whole[i]);
    const int32_t rest = (whole[i] - low) >> 8;
    const int8_t middle = static_cast<int8_t>(rest);
    const int8_t high = static_cast<int8_t>((rest - middle) >> 8);
    to.parts[0][i] = high;
    to.parts[1][i] = middle;
    to.parts[2][i] = low;
    sums[0] += high;
    sums[1] += middle;
    sums[2] += low;
  }
  for (int part = 0; part < 3; part++) to.sums[part] = sums[part];
  to.step = (isSmall ? 0 : size / LARGEST_SPLIT) + sum(odd);
  to.sum = to.step * static_cast<float>(65536 * sums[0] + 256 * sums[1] + sums[2]);
}

}  // namespace ramble::RAMBLE_ISA
