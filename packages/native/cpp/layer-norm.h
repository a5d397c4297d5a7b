// (x - mean) / sqrt(variance + eps) * gain + bias of each row, with the biased variance.
#pragma once

#include "elementwise.h"
#include "scratch.h"

namespace ramble::RAMBLE_ISA {

// Sums of f(j, count) over a row; lanes beyond the row must be zero.
template <class F>
INLINE float rowSum(int width, const F &f) {
  Vec total[2] = {};
  for (int j = 0, v = 0; j < width; j += LANES, v ^= 1) {
    total[v] += f(j, width - j < LANES ? width - j : LANES);
  }
  return sum(total[0] + total[1]);
}

INLINE Vec keepFirst(Vec v, int count) {
  for (int lane = count; lane < LANES; lane++) v[lane] = 0;
  return v;
}

inline bool layerNorm(const LayerNorm &p) {
  const int rowsAtOnce = 1 + static_cast<int>(CHUNK) / 2 / p.width;
  parallel(ceilDivide(p.rows, rowsAtOnce), [&](int task, int) {
    const int end = (task + 1) * rowsAtOnce < p.rows ? (task + 1) * rowsAtOnce : p.rows;
    for (int row = task * rowsAtOnce; row < end; row++) {
      const float *x = p.x + static_cast<size_t>(row) * p.width;
      float *y = p.y + static_cast<size_t>(row) * p.width;
      const float mean = rowSum(p.width, [&](int j, int n) { return loadUpTo(x + j, n); }) / p.width;
      const float variance = rowSum(p.width, [&](int j, int n) {
        const Vec d = loadUpTo(x + j, n) - mean;
        return n == LANES ? d * d : keepFirst(d * d, n);
      }) / p.width;
      const float inverse = 1.0f / __builtin_sqrtf(variance + p.eps);
      for (int j = 0; j < p.width; j += LANES) {
        const int n = p.width - j < LANES ? p.width - j : LANES;
        const Vec normal = (loadUpTo(x + j, n) - mean) * inverse;
        storeUpTo(y + j, normal * loadUpTo(p.gain + j, n) + loadUpTo(p.bias + j, n), n);
      }
      p.mean[row] = mean;
      p.inverse[row] = inverse;
    }
  });
  return true;
}

inline bool layerNormGrad(const LayerNormGrad &p) {
  // A fixed number of parts, added up in order: the sums do not depend on the threads.
  const int parts = p.rows < 16 ? p.rows : 16, rowsAtOnce = ceilDivide(p.rows, parts);
  const size_t width = p.width;
  float *partial = scratch(Scratch::work, 2 * parts * width);
  if (!partial) return false;
  __builtin_memset(partial, 0, 2 * parts * width * sizeof(float));
  parallel(parts, [&](int part, int) {
    float *dGain = partial + 2 * part * width, *dBias = dGain + width;
    const int end = (part + 1) * rowsAtOnce < p.rows ? (part + 1) * rowsAtOnce : p.rows;
    for (int row = part * rowsAtOnce; row < end; row++) {
      const float *x = p.x + row * width, *dy = p.dy + row * width;
      const float mean = p.mean[row], inverse = p.inverse[row];
      const auto normalAt = [&](int j, int n) { return (loadUpTo(x + j, n) - mean) * inverse; };
      const auto dNormalAt = [&](int j, int n) {
        return loadUpTo(dy + j, n) * loadUpTo(p.gain + j, n);
      };
      const float across = rowSum(p.width, dNormalAt) / p.width;
      const float along = rowSum(p.width, [&](int j, int n) {
        const Vec product = dNormalAt(j, n) * normalAt(j, n);
        return n == LANES ? product : keepFirst(product, n);
      }) / p.width;
      for (int j = 0; j < p.width; j += LANES) {
        const int n = p.width - j < LANES ? p.width - j : LANES;
        const Vec normal = normalAt(j, n), slope = loadUpTo(dy + j, n);
        const Vec centred = slope * loadUpTo(p.gain + j, n) - across - normal * along;
        storeUpTo(p.dx + row * width + j, centred * inverse, n);
        storeUpTo(dGain + j, loadUpTo(dGain + j, n) + slope * normal, n);
        storeUpTo(dBias + j, loadUpTo(dBias + j, n) + slope, n);
      }
    }
  });
  for (size_t j = 0; j < width; j++) {
    float dGain = 0, dBias = 0;
    for (int part = 0; part < parts; part++) {
      dGain += partial[2 * part * width + j];
      dBias += partial[(2 * part + 1) * width + j];
    }
    p.dGain[j] = dGain;
    p.dBias[j] = dBias;
  }
  return true;
}

}  // namespace ramble::RAMBLE_ISA
