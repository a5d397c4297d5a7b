import { countParameters } from '../model/model-parameters.js';
import { MODEL_PRESETS, modelConfig } from './model-config.js';

describe('MODEL_PRESETS', () => {
  it.each([
    ['gpt2', 124_439_808],
    ['gpt2-medium', 354_823_168],
    ['gpt2-large', 774_030_080],
    ['gpt2-xl', 1_557_611_200],
  ] as const)('has %s with its %d parameters', (name, count) => {
    const config = modelConfig({ vocabSize: 50_257, ...MODEL_PRESETS[name] });
    expect(countParameters(config)).toBe(count);
  });

  it('grows from nano to xl, each a valid model', () => {
    const counts = Object.values(MODEL_PRESETS).map((preset) =>
      countParameters(modelConfig({ vocabSize: 65, ...preset })),
    );
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
  });
});
