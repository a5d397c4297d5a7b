// Numbers rounded to bf16: the upper half of a float, of 8 bits of precision. Products take two at a time,
// which are consecutive along the inner size and share a word of 32 bits, the first in its lower half.
#pragma once

#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

// The nearest numbers of bf16, ties to even, as floats.
INLINE Vec roundedToBfloat16(Vec v) {
  const IntVec bits = (IntVec)v, isNan = (bits & 0x7fffffff) > 0x7f800000;
  const IntVec nearest = (bits + 0x7fff + ((bits >> 16) & 1)) & ~0xffff;
  return (Vec)((isNan & bits) | (~isNan & nearest));
}

struct Pair;

#if defined(__AVX512BW__)
// The instructions of AVX512-BF16 are written in assembly, as the unit is compiled for processors without
// them too: only those that have them may run what calls these functions (`hasPairs`). Numbers below the
// normal ones are zero.
struct Pair {
  uint32_t bits;

  // Both halves of a word from consecutive numbers: `low` are the first LANES of them, `high` the next.
  static INLINE Vec ofLine(Vec low, Vec high) {
    Vec pairs;
    asm("vcvtne2ps2bf16 %1, %2, %0" : "=v"(pairs) : "v"(low), "v"(high));
    return pairs;
  }

  // The lower half of a word from `first`, the upper one from `second`.
  static INLINE Vec ofLines(Vec first, Vec second) {
    typedef uint16_t Words __attribute__((vector_size(LANES * 4)));
    constexpr Words ORDER = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                             8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i halves = (__m512i)ofLine(first, second);
    return (Vec)_mm512_maskz_permutexvar_epi16(-1, (__m512i)ORDER, halves);
  }

  // sum += the products of both halves.
  static INLINE void add(Vec &sum, Vec a, Vec b) { asm("vdpbf16ps %1, %2, %0" : "+v"(sum) : "v"(a), "v"(b)); }
};
#endif

}  // namespace ramble::RAMBLE_ISA
