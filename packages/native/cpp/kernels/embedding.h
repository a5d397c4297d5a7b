// Rows of a table by id, and the gradient: rows added up by id.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

inline bool gather(const Gather &p) {
  const size_t width = p.width;
  const int idsAtOnce = 1 + static_cast<int>(CHUNK / width);
  parallel(ceilDivide(p.count, idsAtOnce), [&](int task, int) {
    const int end = (task + 1) * idsAtOnce < p.count ? (task + 1) * idsAtOnce : p.count;
    for (int i = task * idsAtOnce; i < end; i++) {
      __builtin_memcpy(p.y + i * width, p.table + p.ids[i] * width, width * sizeof(float));
    }
  });
  return true;
}

inline bool scatterAdd(const ScatterAdd &p) {
  const size_t width = p.width, all = p.rows * width, part = 4 * CHUNK;
  parallel(ceilDivide(all, part), [&](int task, int) {
    const size_t start = task * part, end = start + part < all ? start + part : all;
    __builtin_memset(p.dTable + start, 0, (end - start) * sizeof(float));
  });
  // By columns: each sum runs in the order of the ids.
  constexpr int COLS = 8 * LANES;
  parallel(ceilDivide(width, COLS), [&](int task, int) {
    const int j0 = task * COLS, cols = p.width - j0 < COLS ? p.width - j0 : COLS;
    for (int i = 0; i < p.count; i++) {
      const float *from = p.dy + i * width + j0;
      float *to = p.dTable + p.ids[i] * width + j0;
      for (int j = 0; j < cols; j++) to[j] += from[j];
    }
  });
  return true;
}

}  // namespace ramble::RAMBLE_ISA
