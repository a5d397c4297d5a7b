// y = x + dropout(branch), the mask recomputed wherever it is needed.
#pragma once

#include "kernels/philox.h"
#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

inline bool dropout(const Dropout &p) {
  const size_t count = p.count;
  const float *x = p.x, *branch = p.branch;
  float *y = p.y;
  if (p.mask.threshold == 0) {
    forVectors(count, [&](size_t i, int n) {
      const Vec kept = loadUpTo(branch + i, n);
      storeUpTo(y + i, x ? loadUpTo(x + i, n) + kept : kept, n);
    });
    return true;
  }
  parallel(ceilDivide(count, CHUNK), [&](int task, int) {
    const size_t start = task * CHUNK, end = start + CHUNK < count ? start + CHUNK : count;
    float factors[4 * BLOCKS_AT_ONCE];
    for (size_t i = start; i < end; i += 4 * BLOCKS_AT_ONCE) {
      const int n = static_cast<int>(end - i < 4 * BLOCKS_AT_ONCE ? end - i : 4 * BLOCKS_AT_ONCE);
      dropoutFactors(p.mask, i, n, factors, 1);
      for (int j = 0; j < n; j++) {
        const float kept = branch[i + j] * factors[j];
        y[i + j] = x ? x[i + j] + kept : kept;
      }
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
