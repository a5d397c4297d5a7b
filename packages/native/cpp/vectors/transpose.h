// Transposes a square of LANES x LANES floats in registers: log2(LANES) rounds of perfect shuffles.
#pragma once

#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

#if defined(__AVX512F__)
INLINE Vec zipLow(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
INLINE Vec zipHigh(Vec a, Vec b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif defined(__AVX2__)
INLINE Vec zipLow(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
INLINE Vec zipHigh(Vec a, Vec b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
INLINE Vec zipLow(Vec a, Vec b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
INLINE Vec zipHigh(Vec a, Vec b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

INLINE void transposeSquare(Vec (&rows)[LANES]) {
  Vec other[LANES];
#pragma GCC unroll 4
  for (int round = LANES; round > 1; round /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < LANES / 2; i++) {
      other[2 * i] = zipLow(rows[i], rows[i + LANES / 2]);
      other[2 * i + 1] = zipHigh(rows[i], rows[i + LANES / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < LANES; i++) rows[i] = other[i];
  }
}

}  // namespace ramble::RAMBLE_ISA
