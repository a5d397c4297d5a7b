import { weight } from '../parameters/parameter.js';
import type { AttentionSize } from './attention-kind.js';
import { dot } from './attend-rows.js';
import { CAUSAL } from './causal.js';
import { maskedAttention, type ScoreTerm } from './masked.js';
import { RELATIVE_OP } from './ops/relative-attention.js';

const MAX_DISTANCE: AttentionSize = {
  name: 'maxDistance',
  setting: {
    kind: 'integer',
    min: 1,
    derived: 'contextLength, or two blocks, where attention is relative',
    isLater: true,
    description:
      'Number of distances that relative attention learns a vector for; farther tokens have none.',
  },
  owner: 'relative',
  fill: (model, kinds) => Math.max(...kinds.map((kind) => kind.mostSeen(model))),
};

/**
 * Scores that know how far away a key is, from a learned vector for each distance and head.
 *
 * @see Huang et al. 2018, section 3.4, https://arxiv.org/abs/1809.04281; tensor2tensor for the initial
 *   values, `headDim^-0.5`
 */
export const RELATIVE: ScoreTerm = {
  size: MAX_DISTANCE,
  inLayer: ({ nHead, nEmbd, maxDistance: rows = 1 }, layer) => {
    const name = `blocks.${layer}.attention.distances.weight`;
    const headDim = nEmbd / nHead;
    return {
      parameters: [weight(name, [nHead * rows, headDim], headDim ** -0.5)],
      // A product more for each pair of positions; each token reads few rows of the table.
      operationsPerSeen: 6 * nEmbd,
      operationsSaved: 6 * rows * nEmbd,
      op: RELATIVE_OP,
      learned: (parameter) => ({ distances: parameter(name) }),
      byDistance: (parameter) => {
        const table = parameter(name).dataSync<'float32'>();
        return (query, head) => (back) =>
          back < rows ? dot(query, table, (head * rows + rows - 1 - back) * headDim) : 0;
      },
      lowered: { distances: { name, rows } },
    };
  },
};

/** Causal attention with learned vectors for the distances between positions. */
export const relative = maskedAttention(CAUSAL, RELATIVE);
