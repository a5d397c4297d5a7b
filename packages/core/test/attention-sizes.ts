import type { AttentionKind } from '../src/config/layer-attention.js';
import type { ModelConfig } from '../src/config/model-config.js';

/** A kind of attention in which a short text is longer than the table of distances and a block. */
export function attentionSizes(attention: AttentionKind): Partial<ModelConfig> {
  return {
    attention,
    ...(attention.startsWith('relative') && { maxDistance: 5 }),
    ...(attention.includes('local') && { localBlock: 3 }),
  };
}
