import type { Numbers } from '../array-backend.js';

/** Numbers that are normalised together: a row, or the heads of one. */
export interface Span {
  /** Index of its first number. */
  readonly start: number;
  readonly width: number;
}

/**
 * The RMS norm of a span, `x / sqrt(mean(x^2) + eps) * gain`.
 *
 * @returns what the numbers were multiplied by beside the gain.
 */
export function normalizeByRms(
  xs: Numbers,
  gains: Numbers,
  eps: number,
  ys: Float32Array,
  { start, width }: Span,
): number {
  let squares = 0;
  for (let i = 0; i < width; i++) squares += xs[start + i] ** 2;
  const inverse = 1 / Math.sqrt(squares / width + eps);
  for (let i = 0; i < width; i++) ys[start + i] = xs[start + i] * inverse * gains[i];
  return inverse;
}

/** The gradient of `normalizeByRms`: writes that of x and adds that of the gain. */
export function rmsGradient(
  [dys, xs, gains]: readonly Numbers[],
  inverse: number,
  dxs: Float32Array,
  gainSums: Float64Array,
  { start, width }: Span,
): void {
  let along = 0;
  for (let i = 0; i < width; i++) {
    const [dy, normal] = [dys[start + i], xs[start + i] * inverse];
    gainSums[i] += dy * normal;
    along += dy * gains[i] * normal;
  }
  for (let i = 0; i < width; i++) {
    const normal = xs[start + i] * inverse;
    dxs[start + i] = (dys[start + i] * gains[i] - (normal * along) / width) * inverse;
  }
}
