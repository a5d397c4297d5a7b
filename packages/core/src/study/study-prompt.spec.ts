import { activations, golden, plainLayerNorm } from '@ramble/node/testing';

import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { createExplorer } from '../sampling/explorer.js';
import type { ModelConfig } from '../config/model-config.js';
import { emptyModel, type Model } from '../model/model.js';
import { randomValues } from '../../test/random-values.js';
import { attentionWeights } from './source-attention.js';
import { finished } from './circuit-matrices.js';
import { logitLens } from './logit-lens.js';
import { maskEffect, studyPrompt } from './study-prompt.js';
import { scoreTable } from './score-table.js';

const vocabulary = { describe: (id: number): string => `<${id}>` };

describe('studyPrompt', () => {
  it('combines all studies of one prompt', () => {
    const model = tinyGpt2();
    const head = { layer: 1, head: 2 };
    const prompt = { tokens: [3, 1, 4] };
    const study = studyPrompt(model, prompt, vocabulary, { head, count: 2 });
    expect(study).toMatchObject({
      tokens: [
        { token: 3, word: '<3>' },
        { token: 1, word: '<1>' },
        { token: 4, word: '<4>' },
      ],
      attention: attentionWeights(model, prompt),
      scoreTable: { ...head, weights: attentionWeights(model, prompt)[1][2] },
      cache: [{ held: 1 }, { held: 2 }, { held: 3 }],
      lens: [{ blocks: 0 }, { blocks: 1 }, { blocks: 2 }],
    });
    expect(study.steps.at(-1)).toEqual({ name: 'logits', shape: [3, 31] });
    expect(study.lens[2].tokens).toHaveLength(2);
  });
});

const [T, C, V] = [7, 12, 31];
const prompt = { tokens: golden.inputIds[0] };

describe('logitLens', () => {
  it.each([
    ['causal', undefined],
    ['prefix', 4],
  ] as const)('ends with the result of nextTokens: %s', (attention, prefixLength) => {
    const model = tinyGpt2(attention);
    const seen = { ...prompt, prefixLength };
    const lens = logitLens(model, seen, vocabulary, 5);
    expect(lens.map(({ blocks }) => blocks)).toEqual([0, 1, 2]);
    const next = createExplorer(model, vocabulary).nextTokens(seen, 5);
    const said = lens[2].tokens;
    expect(said.map(({ word }) => word)).toEqual(next.map(({ word }) => word));
    expect(said.map(({ logit }) => logit)).toBeAllClose(
      next.map(({ logit }) => logit),
      {
        atol: 1e-5,
      },
    );
  });

  it('applies the final norm and the output projection after each earlier block', () => {
    const model = tinyGpt2();
    const table = model.parameters.read('tokenEmbedding.weight');
    for (const { blocks, tokens } of logitLens(model, prompt, vocabulary, V).slice(0, 2)) {
      const stream = activations[`hidden.${blocks}`].values.slice((T - 1) * C, T * C);
      const [gain, bias] = ['gain', 'bias'].map((part) =>
        model.parameters.read(`finalNorm.${part}`),
      );
      const normed = plainLayerNorm(stream, gain, bias, model.config.normEps);
      for (const { token, logit } of tokens) {
        const expected = normed.reduce((sum, x, c) => sum + x * table[token * C + c], 0);
        expect([logit]).toBeAllClose([expected], { atol: 1e-4 });
      }
      const sum = tokens.reduce((total, { probability }) => total + probability, 0);
      expect(sum).toBeCloseTo(1, 9);
    }
  });

  it('refuses an empty prompt', () => {
    expect(() => logitLens(tinyGpt2(), { tokens: [] }, vocabulary, 1)).toThrow(
      new RangeError('prompt: expected 1 to 16 tokens (contextLength), got 0'),
    );
  });
});

const shape = { vocabSize: 11, contextLength: 8, nLayer: 2, nHead: 3, nEmbd: 12 };
const head = { layer: 1, head: 2 };
const tokens = [3, 1, 4, 1, 5];

function boldModel(attention: ModelConfig['attention'] = 'causal'): Model {
  const model = emptyModel({ ...shape, attention });
  model.parameters.specs.forEach(({ name }, i) => {
    const values = randomValues(model.parameters.read(name).length, i, 0.5);
    model.parameters.write(name, name.endsWith('gain') ? values.map((x) => 1 + x) : values);
  });
  return model;
}

describe('maskEffect', () => {
  const model = boldModel();
  const found = finished(maskEffect(model, { tokens }, vocabulary, head));

  it('lets every token attend to later tokens; the last one has none', () => {
    const { masked, weights } = found.scoreTable;
    expect(masked.every((row) => row.every((score) => Number.isFinite(score)))).toBe(true);
    weights.forEach((row) => expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5));
    const ahead = found.tokens.map((token) => token.ahead);
    ahead.slice(0, -1).forEach((share) => expect(share).toBeGreaterThan(0));
    expect(ahead.at(-1)).toBe(0);
  });

  it('shows the predictions with the mask and without it', () => {
    tokens.forEach((_, t) => {
      const lens = logitLens(model, { tokens: tokens.slice(0, t + 1) }, vocabulary, 1);
      const { probability, ...says } = lens[lens.length - 1].tokens[0];
      expect(found.tokens[t].masked).toMatchObject(says);
      expect(found.tokens[t].masked.probability).toBeCloseTo(probability, 5);
    });
    const changed = found.tokens.filter(({ masked, unmasked }) => {
      return Math.abs(masked.probability - unmasked.probability) > 1e-3;
    });
    expect(changed.length).toBeGreaterThan(0);
  });

  it('equals a prefix model whose prompt is all prefix', () => {
    const open = scoreTable(boldModel('prefix'), { tokens, prefixLength: tokens.length }, head);
    expect(found.scoreTable).toEqual(open);
  });

  it.each(['local', 'window', 'causal,local-independent'] as const)(
    'removes the mask of attention that is %s',
    (attention) => {
      const open = finished(maskEffect(boldModel(attention), { tokens }, vocabulary, head));
      expect(open.scoreTable).toEqual(found.scoreTable);
      expect(open.tokens.map(({ ahead }) => ahead)).toEqual(found.tokens.map(({ ahead }) => ahead));
    },
  );

  it.each(['relative', 'alibi'] as const)('refuses attention that is %s', (attention) => {
    expect(() => finished(maskEffect(boldModel(attention), { tokens }, vocabulary, head))).toThrow(
      new RangeError(
        'attention: expected causal, prefix, window, local, local-independent, whose mask can be ' +
          `removed, got ${attention}`,
      ),
    );
  });
});
