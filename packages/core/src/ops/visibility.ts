import type { LayerAttention, LocalVisibility } from '../config/layer-attention.js';
import type { Attributes } from './define-op.js';

/** What a position may see of the sequence. */
export type Visibility =
  | { readonly kind: 'causal' }
  | {
      /** Causal, but the first positions of each sequence see one another both ways. */
      readonly kind: 'prefix';
      /** Length of each sequence's prefix, `[B]`. */
      readonly lengths: Int32Array;
    }
  | LocalVisibility;

export const CAUSAL: Visibility = { kind: 'causal' };

/** The first position that position `t` may see. */
export function firstSeen(visibility: LayerAttention['visibility'], t: number): number {
  if (visibility.kind === 'segments') {
    const { segmentLength, memory } = visibility;
    return Math.max(0, Math.floor(t / segmentLength) * segmentLength - memory);
  }
  if (visibility.kind !== 'local') return 0;
  const { blockLength, blocksBack } = visibility;
  return Math.max(0, (Math.floor(t / blockLength) - blocksBack) * blockLength);
}

/** What the attributes of attention's kernel say of it. */
export function describedVisibility({
  visibility,
  blockLength,
  blocksBack,
}: Attributes): LayerAttention['visibility'] {
  return { kind: visibility, blockLength, blocksBack } as LayerAttention['visibility']; // as the op describes them
}
