// Philox 4x32-10, the same words as core/src/random: Salmon et al. 2011,
// https://doi.org/10.1145/2063384.2063405
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "ops/ops.gen.h"
#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

// Numbers of 32 bits in lanes of 64; the upper halves may hold anything.
typedef uint64_t WideWords __attribute__((vector_size(LANES * 4)));
typedef uint32_t RandomWords __attribute__((vector_size(LANES * 4)));

// The products of the lower halves, of 64 bits.
INLINE WideWords product(WideWords a, WideWords b) {
#if defined(__AVX512F__)
  return (WideWords)_mm512_maskz_mul_epu32(-1, (__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (WideWords)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (WideWords)_mm_mul_epu32((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
  return (WideWords)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
#else
  return (a & 0xffffffff) * (b & 0xffffffff);
#endif
}

// The lower halves of u, then those of v.
template <int... LANE>
INLINE RandomWords lowerHalves(RandomWords u, RandomWords v, std::integer_sequence<int, LANE...>) {
#if defined(__clang__)
  return __builtin_shufflevector(u, v, (2 * LANE)...);
#else
  return __builtin_shuffle(u, v, RandomWords{(2 * LANE)...});
#endif
}

// Lanes of u and v in turn, beginning with lane FIRST of u.
template <int FIRST, int... LANE>
INLINE WideWords inTurn(WideWords u, WideWords v, std::integer_sequence<int, LANE...>) {
#if defined(__clang__)
  return __builtin_shufflevector(u, v, (FIRST + LANE / 2 + LANE % 2 * WIDE_LANES)...);
#else
  return __builtin_shuffle(u, v, WideWords{(FIRST + LANE / 2 + LANE % 2 * WIDE_LANES)...});
#endif
}

// Blocks of counters: the first, and those `step`, 2 * step … after it.
INLINE WideWords countedFrom(uint32_t first, uint32_t step) {
  WideWords blocks;
  for (int lane = 0; lane < WIDE_LANES; lane++) blocks[lane] = first + lane * step;
  return blocks;
}

// The four words of each block: word j of the block counters[half][lane] is in the lower half of
// words[half][j][lane].
INLINE void philox(const DropoutMask &address, const WideWords (&counters)[2], WideWords (&words)[2][4]) {
  const WideWords m0 = 0xd2511f53 - WideWords{}, m1 = 0xcd9e8d57 - WideWords{};
  for (int half = 0; half < 2; half++) {
    words[half][0] = counters[half];
    words[half][1] = WideWords{};
    words[half][2] = address.step - WideWords{};
    words[half][3] = address.stream - WideWords{};
  }
  uint32_t k0 = address.key0, k1 = address.key1;
#pragma GCC unroll 10
  for (int round = 0; round < 10; round++) {
    for (WideWords(&w)[4] : words) {
      const WideWords product0 = product(w[0], m0), product1 = product(w[2], m1);
      w[0] = product1 >> 32 ^ w[1] ^ k0;
      w[1] = product1;
      w[2] = product0 >> 32 ^ w[3] ^ k1;
      w[3] = product0;
    }
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
}

// The factor of each entry, from its word.
INLINE Vec factorsOf(const DropoutMask &d, RandomWords words) {
  const auto kept = (RandomWords)(words >= static_cast<uint32_t>(d.threshold));
  return (Vec)(kept & (RandomWords)broadcast(d.factor));
}

// The factors of entries first … first + count - 1.
ONCE void dropoutFactors(const DropoutMask &d, size_t first, int count, float *out) {
  constexpr auto LANE = std::make_integer_sequence<int, WIDE_LANES>();
  float factors[4 * LANES];
  int skip = static_cast<int>(first % 4);
  for (uint32_t block = static_cast<uint32_t>(first / 4); count > 0; block += LANES, skip = 0) {
    WideWords words[2][4];
    philox(d, {countedFrom(block, 1), countedFrom(block + WIDE_LANES, 1)}, words);
    const int wanted = count < 4 * LANES - skip ? count : 4 * LANES - skip;
    float *to = wanted == 4 * LANES ? out : factors;
    float *next = to;
    for (const WideWords(&w)[4] : words) {
      const WideWords front = (w[0] & 0xffffffff) | w[1] << 32, back = (w[2] & 0xffffffff) | w[3] << 32;
      store(next, factorsOf(d, (RandomWords)inTurn<0>(front, back, LANE)));
      store(next + LANES, factorsOf(d, (RandomWords)inTurn<WIDE_LANES / 2>(front, back, LANE)));
      next += 2 * LANES;
    }
    if (to != out) __builtin_memcpy(out, factors + skip, wanted * sizeof(float));
    out += wanted;
    count -= wanted;
  }
}

// The factors of LANES rows of entries, each `step` after the one before it: that of entry i of row r in
// out[i * stride + r]. `first` and `step` are multiples of 4.
ONCE void dropoutColumns(const DropoutMask &d, size_t first, size_t step, int count, float *out, int stride) {
  constexpr auto LANE = std::make_integer_sequence<int, LANES>();
  const uint32_t block = static_cast<uint32_t>(first / 4), apart = static_cast<uint32_t>(step / 4);
  WideWords counters[2] = {countedFrom(block, apart), countedFrom(block + WIDE_LANES * apart, apart)};
  for (int i = 0; i < count; i += 4, counters[0] += 1, counters[1] += 1) {
    WideWords words[2][4];
    philox(d, counters, words);
    for (int j = 0; j < 4 && i + j < count; j++) {
      const RandomWords word = lowerHalves((RandomWords)words[0][j], (RandomWords)words[1][j], LANE);
      store(out + (i + j) * stride, factorsOf(d, word));
    }
  }
}

}  // namespace ramble::RAMBLE_ISA
