// Philox 4x32-10, the same words as core/src/random: Salmon et al. 2011,
// https://doi.org/10.1145/2063384.2063405
#pragma once

#include "ops/ops.gen.h"
#include "vectors/vec.h"

namespace ramble::RAMBLE_ISA {

constexpr int BLOCKS_AT_ONCE = 16;

// Words 4 * firstBlock … of the address, BLOCKS_AT_ONCE blocks of four. Plain loops over blocks: the
// compiler makes them vectors.
inline void philoxWords(const DropoutMask &address, uint32_t firstBlock, uint32_t *words) {
  uint32_t c0[BLOCKS_AT_ONCE], c1[BLOCKS_AT_ONCE], c2[BLOCKS_AT_ONCE], c3[BLOCKS_AT_ONCE];
  for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
    c0[i] = firstBlock + i;
    c1[i] = 0;
    c2[i] = address.step;
    c3[i] = address.stream;
  }
  uint32_t k0 = address.key0, k1 = address.key1;
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
      const uint64_t product0 = 0xd2511f53ull * c0[i], product1 = 0xcd9e8d57ull * c2[i];
      c0[i] = static_cast<uint32_t>(product1 >> 32) ^ c1[i] ^ k0;
      c1[i] = static_cast<uint32_t>(product1);
      c2[i] = static_cast<uint32_t>(product0 >> 32) ^ c3[i] ^ k1;
      c3[i] = static_cast<uint32_t>(product0);
    }
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
    words[4 * i] = c0[i];
    words[4 * i + 1] = c1[i];
    words[4 * i + 2] = c2[i];
    words[4 * i + 3] = c3[i];
  }
}

// The factors of entries first … first + count - 1, to out[0], out[stride], …
ONCE void dropoutFactors(const DropoutMask &d, size_t first, int count, float *out, int stride) {
  uint32_t words[4 * BLOCKS_AT_ONCE];
  int skip = static_cast<int>(first % 4);
  for (size_t block = first / 4; count > 0; block += BLOCKS_AT_ONCE, skip = 0) {
    philoxWords(d, static_cast<uint32_t>(block), words);
    for (int i = skip; i < 4 * BLOCKS_AT_ONCE && count > 0; i++, count--, out += stride) {
      *out = words[i] >= d.threshold ? d.factor : 0.0f;
    }
  }
}

}  // namespace ramble::RAMBLE_ISA
