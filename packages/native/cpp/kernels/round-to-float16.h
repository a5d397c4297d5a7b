// Floats rounded to 16 bits.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/widen.h"

namespace ramble::RAMBLE_ISA {

// Rounds to nearest, ties to even; for magnitudes below 65520.
INLINE void storeHalves(uint16_t *p, Vec v) {
#if defined(__AVX512F__)
  const __m256i halves = _mm512_maskz_cvtps_ph(-1, (__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), halves);
#elif defined(__AVX2__)
  const __m128i halves = _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(p), halves);
#elif defined(__aarch64__)
  vst1_u16(p, (uint16x4_t)vcvt_f16_f32((float32x4_t)v));
#else
  const IntVec bits = (IntVec)v, size = bits & 0x7fffffff, odd = (size >> 13) & 1;
  const IntVec usual = (size - (112 << 23) + 0xfff + odd) >> 13;
  // Below 2^-14 there are multiples of 2^-24, as 32-bit floats from 0.5 to 1 are.
  const IntVec small = (IntVec)((Vec)size + 0.5f) - 0x3f000000;
  const IntVec halves = (size < 0x38800000 ? small : usual) | ((bits >> 16) & 0x8000);
  *reinterpret_cast<Halves *>(p) = __builtin_convertvector(halves, Halves);
#endif
}

// Rounds from the first number on, and returns how many: it ends before a block with a number that would be
// infinite or is NaN, and before a last part that does not fill a vector. y may overlap x.
ONCE size_t roundedToFloat16(size_t count, const float *x, uint16_t *y) {
  constexpr int BLOCK = 32 * LANES;
  count -= count % LANES;
  for (size_t start = 0; start < count; start += BLOCK) {
    const size_t end = count - start < BLOCK ? count : start + BLOCK;
    IntVec isLarge{};
    for (size_t i = start; i < end; i += LANES) isLarge |= ((IntVec)load(x + i) & 0x7fffffff) >= 0x477ff000;
    int large = 0;
    for (int lane = 0; lane < LANES; lane++) large |= isLarge[lane];
    if (large) return start;
    for (size_t i = start; i < end; i += LANES) storeHalves(y + i, load(x + i));
  }
  return count;
}

inline bool roundToFloat16(const RoundToFloat16 &p, double *count) {
  *count = static_cast<double>(roundedToFloat16(p.count, p.x, p.y));
  return true;
}

}  // namespace ramble::RAMBLE_ISA
