import {
  activations,
  attentionSizes,
  golden,
  plainAttention,
  plainCompressed,
  plainRecurrentAttention,
} from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { ATTENTION_NAMES, type AttentionPattern } from '../attention/attention-kinds.js';
import { emptyModel, type Model } from '../model/model.js';
import { randomValues } from '../../test/random-values.js';
import {
  attentionWeights,
  lastScoresRecorder,
  sourceAttention,
  sourceRows,
} from './source-attention.js';
import { watchModel } from './watch-model.js';
import { record, scoreTable } from './score-table.js';

describe('sourceAttention', () => {
  const model = tinyGpt2();
  afterAll(() => model.dispose());
  const tokens = [3, 1, 4, 1, 5, 9];

  it('averages the attention to the source at the positions that chose the output', () => {
    const shares = sourceAttention(model, { tokens, outputStart: 4 });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = [0, 1, 2].map((seen) => {
      const weights = heads.flatMap((rows) => [rows[3][seen], rows[4][seen]]);
      return weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    });
    expect(shares).toBeAllClose(Float32Array.from(mean));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThan(1);
  });

  it('is the mean of a row for each token of the output', () => {
    const rows = sourceRows(model, { tokens, outputStart: 4 });
    const heads = attentionWeights(model, { tokens }).flat();
    expect(rows).toHaveLength(2);
    for (const [i, row] of rows.entries()) {
      const mean = [0, 1, 2].map(
        (seen) => heads.reduce((sum, each) => sum + each[3 + i][seen], 0) / heads.length,
      );
      expect(row).toBeAllClose(Float32Array.from(mean));
    }
  });

  it('is empty for a prompt of one token', () => {
    expect(sourceAttention(model, { tokens: [3, 1], outputStart: 1 })).toEqual(new Float32Array());
  });

  it('shows the attention that chose the first token if the output is empty', () => {
    const shares = sourceAttention(model, { tokens });
    const heads = attentionWeights(model, { tokens }).flat();
    const mean = heads.reduce((sum, rows) => sum + rows[5][0], 0) / heads.length;
    expect(shares).toHaveLength(5);
    expect(shares[0]).toBeCloseTo(mean, 6);
  });
});

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

describe('attentionWeights', () => {
  it("equal Hugging Face's, by layer, head and position", () => {
    const [nLayer, H, T] = [2, 3, 7];
    const layers = attentionWeights(tinyGpt2(), { tokens: golden.inputIds[1] });
    expect(layers.map((heads) => heads.map((rows) => rows.length))).toEqual(
      new Array(nLayer).fill(new Array(H).fill(T)),
    );
    for (const [layer, heads] of layers.entries()) {
      const { values } = activations[`attention.${layer}`];
      const flat = heads.flat().flatMap((row) => [...row]);
      expect(flat).toBeAllClose(values.slice(H * T * T), { atol: 1e-5 });
    }
  });

  it('include later tokens within a prefix', () => {
    const prompt = { tokens: [3, 1, 4, 1], prefixLength: 3 };
    const [[[first, , , last]]] = attentionWeights(tinyGpt2('prefix'), prompt);
    expect(Array.from(first, (weight) => weight > 0)).toEqual([true, true, true, false]);
    expect(Array.from(last, (weight) => weight > 0)).toEqual([true, true, true, true]);
  });
});

const prompt = { tokens: golden.inputIds[0] };

describe('lastScoresRecorder', () => {
  it('has the corner of the last tokens of the table of every head', () => {
    const model = tinyGpt2();
    const tables = record(model, prompt, lastScoresRecorder(model.decoder, 3));
    expect(tables.map((heads) => heads.length)).toEqual([3, 3]);
    tables.forEach((heads, layer) => {
      heads.forEach((corner, head) => {
        const whole = scoreTable(model, prompt, { layer, head });
        for (const step of ['scores', 'masked', 'weights'] as const) {
          expect(corner[step]).toEqual(whole[step].slice(4).map((row) => row.slice(4)));
        }
      });
    });
  });

  it('has the whole table of a shorter prompt', () => {
    const model = tinyGpt2();
    const [[{ scores }]] = record(model, prompt, lastScoresRecorder(model.decoder, 90));
    expect(scores).toEqual(scoreTable(model, prompt, { layer: 0, head: 0 }).scores);
  });
});
