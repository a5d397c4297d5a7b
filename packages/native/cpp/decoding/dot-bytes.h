// Sums of products of bytes, a lane for each output: four unsigned bytes of weights by four signed ones of x,
// which all lanes share. All forms give the same integers.
#pragma once

#include "decoding/blocks.h"
#include "system/processor.h"

namespace ramble::RAMBLE_ISA {

typedef uint8_t ByteVec __attribute__((vector_size(LANES * 4)));
typedef uint8_t UnalignedBytes __attribute__((vector_size(LANES * 4), aligned(1), may_alias));

INLINE ByteVec loadBytes(const uint8_t *p) { return *reinterpret_cast<const UnalignedBytes *>(p); }

INLINE IntVec broadcastFour(const int8_t *x) {
  int32_t four;
  __builtin_memcpy(&four, x, sizeof four);
  return broadcastInt(four);
}

// The numbers of a block, of LANES outputs, in bytes without a sign.
template <Width WIDTH>
struct UnsignedWords {
  ByteVec numbers[BLOCK_WORDS];
  INLINE UnsignedWords(const WeightBlock<WIDTH> &block, int output) {
    if constexpr (WIDTH == Width::q4) {
#pragma GCC unroll 4
      for (int i = 0; i < BLOCK_WORDS / 2; i++) {
        const ByteVec both = loadBytes(block.words(i, output));
        numbers[i] = both & 15;
        numbers[i + BLOCK_WORDS / 2] = both >> 4;
      }
    } else {
#pragma GCC unroll 8
      for (int i = 0; i < BLOCK_WORDS; i++) numbers[i] = loadBytes(block.words(i, output)) ^ 128;
    }
  }
};

// What makes up for the sign that the numbers lack, of the sum of the bytes of x.
template <Width WIDTH>
INLINE IntVec lackingSigns(int32_t sum) {
  return broadcastInt(WIDTH == Width::q8 ? -128 * sum : 0);
}

// Adds in 16 bits, which hold BLOCK_WORDS products by numbers below 16 (32 * 15 * 128 / 2 < 2^15) in each
// half of a lane; `take` adds up the halves. In order: GCC would keep all products and add them up in pairs,
// for which there are too few registers.
#if defined(__AVX512F__)
struct ShortSums {
  __m512i sums = _mm512_setzero_si512();
  INLINE void add(ByteVec v, IntVec x) {
    sums = inRegister(_mm512_add_epi16(sums, _mm512_maddubs_epi16((__m512i)v, (__m512i)x)));
  }
  INLINE IntVec take() const { return (IntVec)_mm512_madd_epi16(sums, _mm512_set1_epi16(1)); }
};
#elif defined(__AVX2__)
struct ShortSums {
  __m256i sums = _mm256_setzero_si256();
  INLINE void add(ByteVec v, IntVec x) {
    sums = inRegister(_mm256_add_epi16(sums, _mm256_maddubs_epi16((__m256i)v, (__m256i)x)));
  }
  INLINE IntVec take() const { return (IntVec)_mm256_madd_epi16(sums, _mm256_set1_epi16(1)); }
};
#else
typedef int16_t Shorts __attribute__((vector_size(LANES * 4)));
struct ShortSums {
  Shorts first{}, second{};  // a number for each byte, of half of the outputs
  INLINE void add(ByteVec v, IntVec x) {
    typedef uint8_t HalfBytes __attribute__((vector_size(LANES * 2)));
    typedef int8_t HalfSigned __attribute__((vector_size(LANES * 2)));
    HalfBytes low, high;
    HalfSigned factors;
    __builtin_memcpy(&low, &v, sizeof low);
    __builtin_memcpy(&high, reinterpret_cast<const char *>(&v) + sizeof low, sizeof high);
    __builtin_memcpy(&factors, &x, sizeof factors);
    const Shorts by = __builtin_convertvector(factors, Shorts);
    first += __builtin_convertvector(low, Shorts) * by;
    second += __builtin_convertvector(high, Shorts) * by;
  }
  INLINE IntVec take() const {
    const IntVec a = (IntVec)first, b = (IntVec)second;
    const IntVec left = (a << 16 >> 16) + (a >> 16), right = (b << 16 >> 16) + (b >> 16);
#if defined(__clang__)
    return __builtin_shufflevector(left, right, 0, 2, 4, 6) +
           __builtin_shufflevector(left, right, 1, 3, 5, 7);
#else
    return __builtin_shuffle(left, right, IntVec{0, 2, 4, 6}) +
           __builtin_shuffle(left, right, IntVec{1, 3, 5, 7});
#endif
  }
};
#endif

// Products by numbers of 8 bits are those of their lower and of their upper four.
template <Width WIDTH>
struct ByteSums {
  typedef UnsignedWords<WIDTH> Words;
  static constexpr bool IS_OF_ONE_PART = false;
  IntVec first;
  ShortSums lower, upper;
  INLINE explicit ByteSums(int32_t sum) : first(lackingSigns<WIDTH>(sum)) {}
  INLINE void add(const Words &words, int i, const int8_t *x) {
    const ByteVec v = words.numbers[i];
    const IntVec four = broadcastFour(x);
    if constexpr (WIDTH == Width::q4) return lower.add(v, four);
    lower.add(v & 15, four);
    upper.add(v >> 4, four);
  }
  INLINE IntVec take() const {
    const IntVec sums = first + lower.take();
    return WIDTH == Width::q4 ? sums : sums + (upper.take() << 4);
  }
};

#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(RAMBLE_WITHOUT_SIGNED_SUMS)
#define RAMBLE_HAS_SIGNED_SUMS
// Products by numbers of 8 bits with their sign, which goes to x: two of them fit 16 bits where x is of one
// part, whose bytes are -127 to 127.
template <Width WIDTH>
struct SignedSums {
  struct Words {
    const WeightBlock<WIDTH> &block;
    int output;
    __m256i sizes[BLOCK_WORDS];
    INLINE Words(const WeightBlock<WIDTH> &block, int output) : block(block), output(output) {
#pragma GCC unroll 8
      for (int i = 0; i < BLOCK_WORDS; i++) sizes[i] = _mm256_abs_epi8(numbers(i));
    }
    INLINE __m256i numbers(int i) const { return (__m256i)loadBytes(block.words(i, output)); }
  };
  static constexpr bool IS_OF_ONE_PART = true;
  IntVec sums{};
  INLINE explicit SignedSums(int32_t) {}
  INLINE void add(const Words &words, int i, const int8_t *x) {
    const __m256i factors = _mm256_sign_epi8((__m256i)broadcastFour(x), words.numbers(i));
    const __m256i pairs = _mm256_maddubs_epi16(words.sizes[i], factors);
    sums += (IntVec)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
  }
  INLINE IntVec take() const { return sums; }
};
#endif

// With the processor's own instruction for it, named in assembly so that the rest needs no processor that has
// it: VNNI's, which is AVX-VNNI's with vectors of 32 bytes, or ARM's SDOT, whose bytes all have a sign.
#if defined(__AVX2__) || defined(__aarch64__)
#define RAMBLE_HAS_DOT_SUMS
template <Width WIDTH>
struct DotSums {
  typedef UnsignedWords<WIDTH> Words;
  static constexpr bool IS_OF_ONE_PART = false;
  IntVec sums;
#if defined(__aarch64__)
  INLINE explicit DotSums(int32_t) : sums{} {}
#else
  INLINE explicit DotSums(int32_t sum) : sums(lackingSigns<WIDTH>(sum)) {}
#endif
  INLINE void add(const Words &words, int i, const int8_t *x) {
    const ByteVec v = words.numbers[i];
#if defined(__AVX512F__)
    asm("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sums) : "v"(v), "m"(*reinterpret_cast<const int32_t *>(x)));
#elif defined(__AVX2__)
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(v), "x"(broadcastFour(x)));
#else
    const ByteVec withSign = WIDTH == Width::q4 ? v : v ^ 128;
    // Every fourth word loads the x of four, which the instruction takes by lanes.
    const ByteVec all = loadBytes(reinterpret_cast<const uint8_t *>(x) - i % 4 * 4);
    switch (i % 4) {
      case 0: return multiply<0>(withSign, all);
      case 1: return multiply<1>(withSign, all);
      case 2: return multiply<2>(withSign, all);
      default: return multiply<3>(withSign, all);
    }
#endif
  }
#if defined(__aarch64__)
  template <int LANE>
  INLINE void multiply(ByteVec numbers, ByteVec x) {
    asm(".arch armv8.2-a+dotprod\n\tsdot %0.4s, %1.16b, %2.4b[%3]"
        : "+w"(sums)
        : "w"(numbers), "w"(x), "n"(LANE));
  }
#endif
  INLINE IntVec take() const { return sums; }
};

inline bool hasDot() {
#if defined(RAMBLE_WITHOUT_DOT)  // to compare the forms on one processor
  return false;
#elif defined(__AVX512F__)
  return processor().hasAvx512Vnni;
#elif defined(__AVX2__)
  return processor().hasAvxVnni;
#else
  return processor().hasDot;
#endif
}
#endif

}  // namespace ramble::RAMBLE_ISA
