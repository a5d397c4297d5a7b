import type { ModelConfig } from '../config/model-config.js';
import { emptyModel, type Model } from '../model/model.js';

import { randomValues } from '../../test/random-values.js';
import { logitLens, maskEffect } from './study-prompt.js';
import { scoreTable } from './score-table.js';

const shape = { vocabSize: 11, contextLength: 8, nLayer: 2, nHead: 3, nEmbd: 12 };
const vocabulary = { describe: (id: number): string => `<${id}>` };
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
  const found = maskEffect(model, { tokens }, vocabulary, head);

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

  it.each(['relative', 'local'] as const)('refuses attention that is %s', (attention) => {
    expect(() => maskEffect(boldModel(attention), { tokens }, vocabulary, head)).toThrow(
      new RangeError(
        `attention: expected causal or prefix, whose mask can be removed, got ${attention}`,
      ),
    );
  });
});
