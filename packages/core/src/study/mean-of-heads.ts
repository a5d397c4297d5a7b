import type { HeadWeights } from './prompt-attention.js';

/**
 * The attention weights of one position, averaged over the heads of a layer.
 *
 * @param heads - Weights of each head, `heads[head][position][seen]`.
 */
export function meanOfHeads(heads: readonly HeadWeights[], position: number): Float32Array {
  return heads[0][position].map(
    (_, seen) => heads.reduce((sum, rows) => sum + rows[position][seen], 0) / heads.length,
  );
}
