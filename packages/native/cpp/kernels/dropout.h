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
    constexpr size_t AT_ONCE = 1024;
    float factors[AT_ONCE];
    for (size_t from = start; from < end; from += AT_ONCE) {
      const size_t some = end - from < AT_ONCE ? end - from : AT_ONCE;
      dropoutFactors(p.mask, from, static_cast<int>(some), factors);
      for (size_t i = 0; i < some; i++) {
        const float kept = branch[from + i] * factors[i];
        y[from + i] = x ? x[from + i] + kept : kept;
      }
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
