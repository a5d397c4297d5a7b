// x / sqrt(mean(x^2) + eps) * gain of each row: no mean is subtracted, and there is no bias.
// Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467
#pragma once

#include "ops/ops.gen.h"
#include "vectors/row-parts.h"
#include "vectors/rows.h"

namespace ramble::RAMBLE_ISA {

// The norm of `width` numbers, which returns what they were multiplied by beside the gain.
INLINE float normaliseByRms(const float *x, const float *gain, int width, float eps, float *y) {
  Vec squares{};
  forRow(width, [&](int j, int n) {
    const Vec value = loadUpTo(x + j, n);
    squares += value * value;
  });
  const float inverse = 1.0f / __builtin_sqrtf(sum(squares) / width + eps);
  forRow(width,
         [&](int j, int n) { storeUpTo(y + j, loadUpTo(x + j, n) * inverse * loadUpTo(gain + j, n), n); });
  return inverse;
}

// The gradient of normaliseByRms: writes that of x, adds that of the gain.
INLINE void differentiateRms(const float *dy, const float *x, const float *gain, int width, float inverse,
                             float *dx, float *dGain) {
  Vec along{};
  forRow(width, [&](int j, int n) {
    const Vec slope = loadUpTo(dy + j, n), normal = loadUpTo(x + j, n) * inverse;
    storeUpTo(dGain + j, loadUpTo(dGain + j, n) + slope * normal, n);
    along += slope * loadUpTo(gain + j, n) * normal;
  });
  const float meanAlong = sum(along) / width;
  forRow(width, [&](int j, int n) {
    const Vec normal = loadUpTo(x + j, n) * inverse;
    const Vec gained = loadUpTo(dy + j, n) * loadUpTo(gain + j, n);
    storeUpTo(dx + j, (gained - normal * meanAlong) * inverse, n);
  });
}

inline bool rmsNorm(const RmsNorm &p) {
  const size_t width = p.width;
  forRows(p.rows, p.width, [&](int row) {
    p.inverse[row] = normaliseByRms(p.x + row * width, p.gain, p.width, p.eps, p.y + row * width);
  });
  return true;
}

inline bool rmsNormGrad(const RmsNormGrad &p) {
  const size_t width = p.width;
  const RowParts parts(p.rows, p.width);
  if (!parts.memory) return false;
  parts.forEach([&](int row, float *dGain) {
    differentiateRms(p.dy + row * width, p.x + row * width, p.gain, p.width, p.inverse[row],
                     p.dx + row * width, dGain);
  });
  parts.addUp(p.dGain);
  return true;
}

}  // namespace ramble::RAMBLE_ISA
