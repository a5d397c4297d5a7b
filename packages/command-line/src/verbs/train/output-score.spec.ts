import { createModel, modelConfig } from '@ramble/core';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { shadeSource } from './output-score.js';

const domain = {
  vocabulary: { size: 9, describe: (id: number) => JSON.stringify(id % 2 === 0 ? ' a' : 'b') },
};
const SHAPE = { vocabSize: 9, nLayer: 2, nEmbd: 8, nHead: 8 };

describe('shadeSource', () => {
  beforeAll(() => cpuEngine.load());

  it('shades words of the prompt by the token that was looked at most', () => {
    const model = createModel(modelConfig({ ...SHAPE, contextLength: 16 }), { seed: 1 });
    const source = shadeSource(domain, model, { tokens: [2, 3, 4, 8] }, [1, 2]);
    expect(source.map(({ word }) => word)).toEqual([' ab', ' a']);
    expect(Math.max(...source.map(({ share }) => share))).toBe(1);
    model.dispose();
  });
});
