import type { AttentionPattern } from '../src/attention/attention-kinds.js';
import type { ModelConfig } from '../src/config/model-config.js';

/** Attention in which a short text is longer than the table of distances and a block. */
export function attentionSizes(attention: AttentionPattern): Partial<ModelConfig> {
  return {
    attention,
    ...(attention.includes('relative') && { maxDistance: 5 }),
    ...(attention.includes('local') && { localBlock: 3 }),
    ...(attention.includes('compressed') && { compressionFactor: 3 }),
  };
}
