import { modelConfig } from '../config/model-config.js';
import { decoderOf } from '../model/decoder.js';
import { promptWindow } from './prompt-window.js';

const causal = decoderOf(modelConfig({ vocabSize: 9, contextLength: 4 }));
const prefix = decoderOf(modelConfig({ vocabSize: 9, contextLength: 4, attention: 'prefix' }));

describe('promptWindow', () => {
  it('keeps a prompt that fits unchanged', () => {
    const prompt = { tokens: [1, 2, 3, 4], prefixLength: 2 };
    expect(promptWindow(prefix, prompt)).toBe(prompt);
  });

  it('keeps the end of a prompt that is too long', () => {
    expect(promptWindow(causal, { tokens: [1, 2, 3, 4, 5] })).toEqual({ tokens: [2, 3, 4, 5] });
    expect(promptWindow(causal, { tokens: [1, 2, 3] }, { room: 1 })).toEqual({ tokens: [3] });
  });

  it('does not cut a prefix', () => {
    expect(() => promptWindow(prefix, { tokens: [1, 2, 3, 4, 5] })).toThrow(
      new RangeError('prompt: expected at most 4 tokens (contextLength), got 5'),
    );
  });

  it('refuses an empty prompt', () => {
    expect(() => promptWindow(causal, { tokens: [] })).toThrow(
      new RangeError('prompt: expected at least one token, got none'),
    );
  });
});
