import { ATTENTION_NAMES, type AttentionPattern } from '../attention/attention-kinds.js';
import { emptyModel, type Model } from '../model/model.js';
import {
  attentionSizes,
  plainAttention,
  plainCompressed,
  plainRecurrentAttention,
} from '@ramble/node/testing';

import { randomValues } from '../../test/random-values.js';
import { attentionWeights, sourceAttention } from './source-attention.js';
import { watchModel } from './watch-model.js';

const [T, V, H, C] = [11, 13, 3, 12];
const text = Array.from({ length: T }, (_, i) => (i * i + 3) % V);
/** ALiBi's slopes of three heads: the two slopes of two heads, then the first slope of four heads. */
const SLOPES = [1 / 16, 1 / 256, 1 / 4];

/** A model with confident predictions for some tokens. */
function boldModel(kind: AttentionPattern): Model {
  const shape = { vocabSize: V, contextLength: T, nLayer: 2, nHead: H, nEmbd: C, mlpDim: 10 };
  const model = emptyModel({ ...shape, ...attentionSizes(kind) });
  model.parameters.specs.forEach(({ name }, i) => {
    const values = randomValues(model.parameters.read(name).length, i, 0.5);
    model.parameters.write(name, name.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return model;
}

describe.each([...ATTENTION_NAMES, 'local,compressed'] as const)(
  'a model whose attention is %s',
  (kind) => {
    const model = boldModel(kind);

    it('computes the attention of an output to its prompt from the cache', () => {
      const pair = { tokens: text, outputStart: 6, prefixLength: 6 };
      const rows = attentionWeights(model, pair).flatMap((heads) =>
        heads.flatMap((weights) => weights.slice(5, T - 1)),
      );
      const mean = Float32Array.from({ length: 5 }, (_, seen) => {
        return rows.reduce((sum, weights) => sum + weights[seen], 0) / rows.length;
      });
      expect(sourceAttention(model, pair)).toBeAllClose(mean, { atol: 1e-5 });
    });

    it('returns the weights of attention', () => {
      const steps = new Map<string, Float32Array>();
      watchModel(model, { tokens: text }, ({ name, value }) => {
        steps.set(name, value.dataSync<'float32'>().slice());
      });
      const { attention } = model.decoder.layers[1];
      const learned = attention.parameters.map(({ name }) =>
        name.replace('blocks.1.attention.', ''),
      );
      const step = (name: string): Float32Array => steps.get(`blocks.1.attention.${name}`)!;
      const numbers = (name: string): Float32Array =>
        model.parameters.read(`blocks.1.attention.${name}`);
      const qkv = step('qkv');
      const isCompressed = learned.some((name) => name.startsWith('compress'));
      if (learned.includes('distance.weight')) {
        const [weight, distanceBias] = [numbers('distance.weight'), numbers('distance.bias')];
        const given = { qkv, weight, distanceBias, contentBias: numbers('content.bias') };
        const plain = plainRecurrentAttention(given, { B: 1, T, S: T, C, H });
        expect(step('merged')).toBeAllClose(plain, { atol: 1e-5 });
      } else if (!isCompressed) {
        const hasTable = learned.includes('distances.weight');
        const plain = plainAttention(qkv, C, {
          B: 1,
          H,
          distances: hasTable ? numbers('distances.weight') : undefined,
          bias: kind === 'alibi' ? (head, back) => -SLOPES[head] * back : undefined,
          firstSeen: (t) => attention.firstSeen(t),
        });
        expect(step('merged')).toBeAllClose(plain, { atol: 1e-5 });
      } else if (learned.includes('compressKeys.weight')) {
        const [keys, values] = [step('compressKeys'), step('compressValues')];
        const plain = plainCompressed(qkv, keys, values, C, { B: 1, H, K: 3 });
        expect(step('merged')).toBeAllClose(plain, { atol: 1e-5 });
      }
      const [row] = attentionWeights(model, { tokens: text })[1].map((rows) => rows[T - 1]);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
      const seen = Array.from(row, (weight) => weight > 0);
      expect(seen.indexOf(true)).toBe(attention.firstSeen(T - 1));
      // Three groups of 3 of the 11 positions end before the last position.
      expect(seen.lastIndexOf(true)).toBe(isCompressed ? 8 : T - 1);
    });
  },
);
