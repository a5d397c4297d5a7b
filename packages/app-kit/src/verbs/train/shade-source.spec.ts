import { createModel, modelConfig } from '@ramble/core';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { shadeSource } from './shade-source.js';

const domain = {
  vocabulary: { size: 9, describe: (id: number) => JSON.stringify(id % 2 === 0 ? ' a' : 'b') },
};
const SHAPE = { vocabSize: 9, nLayer: 2, nEmbd: 8, nHead: 8 };

describe('shadeSource', () => {
  beforeAll(() => cpuEngine.load());

  it('shades words of the prompt by the token that was looked at most', () => {
    const model = createModel(modelConfig({ ...SHAPE, contextLength: 16 }), { seed: 1 });
    const shading = shadeSource(domain, model, { tokens: [2, 3, 4, 8] }, [1, 2]);
    const { source } = shading as { source: { word: string; share: number }[] };
    expect(source.map(({ word }) => word)).toEqual([' ab', ' a']);
    expect(Math.max(...source.map(({ share }) => share))).toBe(1);
    model.dispose();
  });

  it('says why a long prompt is not shaded', () => {
    const model = createModel(modelConfig({ ...SHAPE, contextLength: 2100 }), { seed: 1 });
    const prompt = { tokens: Array.from({ length: 2048 }, () => 2) };
    expect(shadeSource(domain, model, prompt, [1])).toEqual({
      unshaded: 'not shaded: 2049 tokens, 2048 at most',
    });
    model.dispose();
  });
});
