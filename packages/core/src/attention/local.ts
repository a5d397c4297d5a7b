import type { AttentionSize } from './attention-kind.js';
import { maskedAttention, type SightKind } from './masked.js';
import { blockSight } from './sight.js';

/** T-DMCA's block (Liu et al. 2018, section 4.2.4). */
const DEFAULT_BLOCK = 256;

const LOCAL_BLOCK: AttentionSize = {
  name: 'localBlock',
  setting: {
    kind: 'integer',
    min: 1,
    derived: `${DEFAULT_BLOCK} where attention is local`,
    isLater: true,
    description: 'Number of tokens in a block; local attention sees a block and the one before it.',
  },
  owner: 'local',
  fill: () => DEFAULT_BLOCK,
};

/**
 * A local mask: a position sees its own block up to itself, and a number of whole blocks before it.
 */
export function localSight(blocksBack: number): SightKind {
  return {
    size: LOCAL_BLOCK,
    of: ({ localBlock = DEFAULT_BLOCK }) => blockSight(localBlock, blocksBack),
  };
}

/**
 * Attention within blocks: a position sees its own block and the one before it.
 *
 * @see Liu et al. 2018, section 4.2.4, https://arxiv.org/abs/1801.10198
 */
export const local = maskedAttention(localSight(1));

/** Attention within independent blocks. */
export const localIndependent = maskedAttention(localSight(0));
