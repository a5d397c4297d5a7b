// Vectors of the instruction set that this file is compiled for, in the compiler's own vector types:
// one source for AVX-512, AVX2, SSE2 and NEON.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#if !defined(RAMBLE_ISA)
#error "RAMBLE_ISA names the namespace of the instruction set"
#endif

#define INLINE inline __attribute__((always_inline))
// ONCE marks long functions with many callers, which are not inlined or copied for some of them, so that the
// binary stays small.
#if defined(__clang__)
#define ONCE inline __attribute__((noinline))
#else
#define ONCE inline __attribute__((noinline, noclone))
#endif

namespace ramble::RAMBLE_ISA {

// LANES: floats in a vector. TILE_ROWS: rows of a matrix product's register tile, which is two
// vectors wide: as many accumulators as the registers hold beside the operands.
#if defined(__AVX512F__)
constexpr int LANES = 16, TILE_ROWS = 14;
#elif defined(__AVX2__)
constexpr int LANES = 8, TILE_ROWS = 6;
#elif defined(__aarch64__)
constexpr int LANES = 4, TILE_ROWS = 8;
#else
constexpr int LANES = 4, TILE_ROWS = 4;
#endif
constexpr int TILE_COLS = 2 * LANES;
constexpr int WIDE_LANES = LANES / 2;  // of 64 bits

typedef float Vec __attribute__((vector_size(LANES * 4)));
typedef int32_t IntVec __attribute__((vector_size(LANES * 4)));
typedef double Doubles __attribute__((vector_size(LANES * 4)));  // WIDE_LANES of them
typedef float Unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

INLINE Vec load(const float *p) { return *reinterpret_cast<const Unaligned *>(p); }
INLINE void store(float *p, Vec v) { *reinterpret_cast<Unaligned *>(p) = v; }
// x - 0 is x even for -0, so the compiler folds the subtraction away.
INLINE Vec broadcast(float x) { return x - Vec{}; }
INLINE IntVec broadcastInt(int32_t x) { return x - IntVec{}; }
// The next LANES / 2 floats in 64 bits; GCC's own conversion takes the vector apart.
INLINE Doubles loadWide(const float *p) {
#if defined(__AVX512F__)
  return (Doubles)_mm512_maskz_cvtps_pd(-1, _mm256_loadu_ps(p));
#elif defined(__AVX2__)
  return (Doubles)_mm256_cvtps_pd(_mm_loadu_ps(p));
#else
  return Doubles{p[0], p[1]};
#endif
}
// A comparison with NaN is false: b goes through. GCC does not see that one instruction does this;
// with a full mask, because its headers warn of the plain form.
#if defined(__AVX512F__)
INLINE Vec larger(Vec a, Vec b) { return (Vec)_mm512_maskz_max_ps(-1, (__m512)a, (__m512)b); }
INLINE Vec smaller(Vec a, Vec b) { return (Vec)_mm512_maskz_min_ps(-1, (__m512)a, (__m512)b); }
#elif defined(__AVX2__)
INLINE Vec larger(Vec a, Vec b) { return (Vec)_mm256_max_ps((__m256)a, (__m256)b); }
INLINE Vec smaller(Vec a, Vec b) { return (Vec)_mm256_min_ps((__m256)a, (__m256)b); }
#else
INLINE Vec larger(Vec a, Vec b) { return a > b ? a : b; }
INLINE Vec smaller(Vec a, Vec b) { return a < b ? a : b; }
#endif

// With 0 for numbers below the normal ones, which take a processor a hundred cycles each in later operations.
INLINE Vec withoutTiny(Vec v) { return (Vec)((IntVec)v & (((IntVec)v & 0x7f800000) != 0)); }

// The lanes of v, each moved by `BY`.
template <int BY, int... LANE>
INLINE Vec turn(Vec v, std::integer_sequence<int, LANE...>) {
#if defined(__clang__)
  return __builtin_shufflevector(v, v, ((LANE + BY) % LANES)...);
#else
  return __builtin_shuffle(v, IntVec{((LANE + BY) % LANES)...});
#endif
}

// A vector that GCC computes here, once, and keeps in a register: else it may read it from memory again at
// each use, or compute it later, beside others.
template <class Vector>
INLINE Vector inRegister(Vector v) {
#if defined(__x86_64__)
  asm("" : "+v"(v));
#elif defined(__aarch64__)
  asm("" : "+w"(v));
#endif
  return v;
}

// The sum of all lanes, by halves: of four lanes (0 + 2) + (1 + 3).
template <int HALF = LANES / 2>
INLINE float sum(Vec v) {
  if constexpr (HALF == 0) {
    return v[0];
  } else {
    return sum<HALF / 2>(v + turn<HALF>(v, std::make_integer_sequence<int, LANES>()));
  }
}

// In each lane l that of u or, where l has the bit HALF, that of v: lane l, or with BY the lane l ^ BY.
template <int HALF, int BY, int... LANE>
INLINE Vec mixed(Vec u, Vec v, std::integer_sequence<int, LANE...>) {
#if defined(__clang__)
  return __builtin_shufflevector(u, v, ((LANE ^ BY) + (LANE & HALF ? LANES : 0))...);
#else
  return __builtin_shuffle(u, v, IntVec{((LANE ^ BY) + (LANE & HALF ? LANES : 0))...});
#endif
}

// The sums of LANES vectors, one in each lane. Overwrites the vectors.
template <int HALF = LANES / 2>
INLINE Vec sumLanes(Vec *v) {
  if constexpr (HALF == 0) {
    return v[0];
  } else {
    constexpr auto LANE = std::make_integer_sequence<int, LANES>();
#pragma GCC unroll 8
    for (int i = 0; i < HALF; i++) {
      v[i] = mixed<HALF, 0>(v[i], v[i + HALF], LANE) + mixed<HALF, HALF>(v[i], v[i + HALF], LANE);
    }
    return sumLanes<HALF / 2>(v);
  }
}

// y[i] = sum(v[i]), to the same bits. Overwrites the vectors.
template <int COUNT>
INLINE void sumEach(Vec *v, float *y) {
  if constexpr (COUNT % LANES == 0) {
#pragma GCC unroll 4
    for (int i = 0; i < COUNT; i += LANES) store(y + i, sumLanes(v + i));
  } else {
#pragma GCC unroll 8
    for (int i = 0; i < COUNT; i++) y[i] = sum(v[i]);
  }
}

INLINE float largest(Vec v) {
  float most = v[0];
  for (int lane = 1; lane < LANES; lane++) most = v[lane] > most ? v[lane] : most;
  return most;
}

#if defined(__AVX2__) && !defined(__AVX512F__)
INLINE __m256i firstLanes(int count) { return (__m256i)(IntVec{0, 1, 2, 3, 4, 5, 6, 7} < count); }
#endif

// Loads the first `count` floats, followed by zeros.
INLINE Vec loadPart(const float *p, int count) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_loadu_ps((1u << count) - 1, p);
#elif defined(__AVX2__)
  return (Vec)_mm256_maskload_ps(p, firstLanes(count));
#else
  Vec v{};
  for (int lane = 0; lane < count; lane++) v[lane] = p[lane];
  return v;
#endif
}

INLINE void storePart(float *p, Vec v, int count) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (1u << count) - 1, (__m512)v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, firstLanes(count), (__m256)v);
#else
  for (int lane = 0; lane < count; lane++) p[lane] = v[lane];
#endif
}

}  // namespace ramble::RAMBLE_ISA
