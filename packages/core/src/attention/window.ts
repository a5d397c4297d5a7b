import type { AttentionSize } from './attention-kind.js';
import { maskedAttention } from './masked.js';
import { windowSight } from './sight.js';

/** A window of a model that gives none. */
const DEFAULT_WINDOW = 256;

const WINDOW: AttentionSize = {
  name: 'window',
  setting: {
    kind: 'integer',
    min: 1,
    derived: `${DEFAULT_WINDOW} where attention is window`,
    isLater: true,
    description: 'Number of tokens that window attention sees, the token itself among them.',
  },
  owner: 'window',
  fill: () => DEFAULT_WINDOW,
};

/**
 * Attention to a sliding window: a position sees itself and those right before it.
 *
 * @see Beltagy et al. 2020, section 3.1, https://arxiv.org/abs/2004.05150
 */
export const window = maskedAttention({
  size: WINDOW,
  slides: true,
  of: ({ window: length = DEFAULT_WINDOW }) => windowSight(length),
});
