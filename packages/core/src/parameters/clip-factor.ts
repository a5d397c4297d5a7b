/**
 * The factor that keeps the gradient's norm under a limit, PyTorch's rule
 * `min(1, limit / (norm + 1e-6))`; a limit of 0 switches clipping off.
 *
 * @see Pascanu et al. 2013, section 3.2, https://arxiv.org/abs/1211.5063
 */
export function clipFactor(norm: number, limit: number): number {
  return limit === 0 ? 1 : Math.min(1, limit / (norm + 1e-6));
}
