// Numbers of 32, 16 or 8 bits as vectors of floats.
#pragma once

#include "vectors/pairs.h"

namespace ramble::RAMBLE_ISA {

#if !defined(__AVX2__)
typedef uint16_t Halves __attribute__((vector_size(LANES * 2), aligned(2), may_alias));
typedef int8_t Bytes __attribute__((vector_size(LANES), aligned(1), may_alias));
#endif

INLINE Vec widened(const float *p) { return load(p); }
INLINE Vec widened(const Pair *p) { return load(reinterpret_cast<const float *>(p)); }  // as they are

INLINE Vec widened(const uint16_t *p) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_cvtph_ps(-1, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
#elif defined(__AVX2__)
  return (Vec)_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
#elif defined(__aarch64__)
  return (Vec)vcvt_f32_f16((float16x4_t)vld1_u16(p));
#else
  const IntVec bits = __builtin_convertvector(*reinterpret_cast<const Halves *>(p), IntVec);
  // Exponents differ by 112; those of infinity and NaN go to the highest there is.
  const Vec size = (Vec)((bits & 0x7fff) << 13) * 0x1p112f;
  const IntVec special = ((bits & 0x7c00) == 0x7c00) & 0x7f800000;
  return (Vec)((IntVec)size | special | (bits & 0x8000) << 16);
#endif
}

INLINE Vec widened(const int8_t *p) {
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

}  // namespace ramble::RAMBLE_ISA
