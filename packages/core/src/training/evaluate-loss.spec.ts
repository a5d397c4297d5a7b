import { readJson } from '../../test/read-fixture.js';
import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { memoryTokens } from '../files/token-source.js';
import { evaluateLoss } from './evaluate-loss.js';
import { windowBatches } from './evaluation-batches.js';

const { tokens, contextLength, strides } = readJson('evaluation/losses.json') as {
  readonly tokens: number[];
  readonly contextLength: number;
  readonly strides: readonly { readonly stride: number; readonly loss: number }[];
}; // its README

describe('evaluateLoss', () => {
  it.each(strides)("gives Hugging Face's loss in windows $stride apart", async (expected) => {
    const { stride } = expected;
    const options = { contextLength, batchSize: 3, stride };
    const { loss, tokens: counted } = await evaluateLoss(
      tinyGpt2(),
      windowBatches(memoryTokens(tokens), options),
    );
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(counted).toBe(tokens.length - 1);
  });
});
