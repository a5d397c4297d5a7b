import { decidedModel } from '../../test/decided-model.js';
import { samplingConfig } from '../config/sampling-config.js';
import { capacityFor } from './generation.js';

describe('capacityFor', () => {
  const model = decidedModel(); // with a context of 8
  const config = samplingConfig({ maxNewTokens: 3 });

  it('is the length of the longest prompt with its output, at most the context, for any number of prompts', () => {
    const prompts = new Array<{ tokens: number[] }>(200_000).fill({ tokens: [1] });
    expect(capacityFor({ model, config, prompts })).toBe(4);
    expect(capacityFor({ model, config, prompts: [...prompts, { tokens: [1, 2] }] })).toBe(5);
    expect(capacityFor({ model, config, prompts: [{ tokens: [1, 2, 3, 4, 5, 6] }] })).toBe(8);
  });
});
