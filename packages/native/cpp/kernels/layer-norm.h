// (x - mean) / sqrt(variance + eps) * gain + bias of each row, with the biased variance.
#pragma once

#include "ops/ops.gen.h"
#include "vectors/row-parts.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// Clears the lanes behind a row, which must not count in its sums.
INLINE Vec keepFirst(Vec v, int count) {
  for (int lane = count; lane < LANES; lane++) v[lane] = 0;
  return v;
}

INLINE void normaliseRow(const LayerNorm &p, int row) {
  const float *x = p.x + static_cast<size_t>(row) * p.width;
  float *y = p.y + static_cast<size_t>(row) * p.width;
  Vec total{}, squares{};
  forRow(p.width, [&](int j, int n) { total += loadUpTo(x + j, n); });
  const float mean = sum(total) / p.width;
  forRow(p.width, [&](int j, int n) {
    const Vec d = loadUpTo(x + j, n) - mean;
    squares += n == LANES ? d * d : keepFirst(d * d, n);
  });
  const float inverse = 1.0f / __builtin_sqrtf(sum(squares) / p.width + p.eps);
  forRow(p.width, [&](int j, int n) {
    const Vec normal = (loadUpTo(x + j, n) - mean) * inverse;
    storeUpTo(y + j, normal * loadUpTo(p.gain + j, n) + loadUpTo(p.bias + j, n), n);
  });
  p.mean[row] = mean;
  p.inverse[row] = inverse;
}

inline bool layerNorm(const LayerNorm &p) {
  forRows(p.rows, p.width, [&](int row) { normaliseRow(p, row); });
  return true;
}

inline bool layerNormGrad(const LayerNormGrad &p) {
  const size_t width = p.width;
  const RowParts parts(p.rows, 2 * p.width);  // of gain and bias
  if (!parts.memory) return false;
  parts.forEach([&](int row, float *dGain) {
    float *dBias = dGain + width, *dx = p.dx + row * width;
    const float *x = p.x + row * width, *dy = p.dy + row * width;
    const float mean = p.mean[row], inverse = p.inverse[row];
    Vec across{}, along{};
    forRow(p.width, [&](int j, int n) {
      const Vec slope = loadUpTo(dy + j, n), gained = slope * loadUpTo(p.gain + j, n);
      const Vec normal = (loadUpTo(x + j, n) - mean) * inverse;
      storeUpTo(dGain + j, loadUpTo(dGain + j, n) + slope * normal, n);
      storeUpTo(dBias + j, loadUpTo(dBias + j, n) + slope, n);
      across += gained;
      along += n == LANES ? gained * normal : keepFirst(gained * normal, n);
    });
    const float meanAcross = sum(across) / p.width, meanAlong = sum(along) / p.width;
    forRow(p.width, [&](int j, int n) {
      const Vec normal = (loadUpTo(x + j, n) - mean) * inverse;
      const Vec gained = loadUpTo(dy + j, n) * loadUpTo(p.gain + j, n);
      storeUpTo(dx + j, (gained - meanAcross - normal * meanAlong) * inverse, n);
    });
  });
  parts.addUp(p.dGain, 0, p.width);
  parts.addUp(p.dBias, p.width, p.width);
  return true;
}

}  // namespace ramble::RAMBLE_ISA
