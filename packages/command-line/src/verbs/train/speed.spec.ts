import { modelConfig, type ModelConfig } from '@ramble/core';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { measurePeak, operationsPerToken } from './speed.js';

describe('operationsPerToken', () => {
  it('equals the formula of the PaLM paper', () => {
    const gpt2 = { vocabSize: 50257, contextLength: 1024, nLayer: 12, nHead: 12, nEmbd: 768 };
    const weights = 124_439_808 - 1024 * 768;
    expect(operationsPerToken(modelConfig(gpt2))).toBe(6 * weights + 12 * 12 * 768 * 1024);
  });

  it('sees groups where attention compresses, and convolves once a group', () => {
    const shape = { vocabSize: 65, contextLength: 510, nLayer: 1, nHead: 2, nEmbd: 64 };
    const plain = operationsPerToken(modelConfig(shape));
    const of = (attention: 'compressed' | 'compressed-input'): number =>
      operationsPerToken(modelConfig({ ...shape, attention })) - plain;
    const attended = 12 * 64 * (170 - 510);
    expect(of('compressed')).toBeCloseTo(attended + 6 * 2 * (64 * 64 + 64), 6);
    const biases = 6 * 64;
    expect(of('compressed-input')).toBeCloseTo(attended + 6 * (64 * 64 + 64 * 64) + biases, 6);
  });

  it('adds a third product for distance embeddings, and counts two blocks if attention is local', () => {
    const shape = { vocabSize: 65, contextLength: 512, nLayer: 2, nHead: 2, nEmbd: 64 };
    const plain = operationsPerToken(modelConfig(shape));
    const of = (given: Partial<ModelConfig>): number =>
      operationsPerToken(modelConfig({ ...shape, ...given })) - plain;
    expect(of({ attention: 'relative', maxDistance: 100 })).toBe(6 * 2 * 64 * 512);
    expect(of({ attention: 'local', localBlock: 32 })).toBe(12 * 2 * 64 * (64 - 512));
    expect(of({ attention: 'local' })).toBe(0);
    const oneOfTwo = { attention: 'local,causal', localBlock: 32 } as const;
    expect(of(oneOfTwo)).toBe(12 * 64 * (64 - 512));
    expect(of({ positions: 'every-layer' })).toBe(0); // a table is read, not multiplied
    const learned = 2 * (64 * 64 + 2 * 64);
    expect(of({ attention: 'transformer-xl', memory: 100 })).toBe(
      6 * learned + 2 * 64 * (18 * 612 - 12 * 512),
    );
  });
});

describe('measurePeak', () => {
  it('equals the speed of the fastest product, and stops before a slow one', async () => {
    await cpuEngine.load();
    const durationsMs = [90, 1, 2, 3, 3, 3, 90, 3, 22, 25, 22, 90];
    const times = durationsMs.flatMap((ms) => [0, ms]);
    const clock = { now: () => times.shift() ?? NaN };
    // 2 x 64^3 in 1 ms, 2 x 128^3 in 3 ms, 2 x 256^3 in 22 ms, so that 512 would take 176 ms
    expect(measurePeak(clock)).toBeCloseTo((2 * 256 ** 3) / 0.022, 0);
    expect(times).toEqual([]);
  });
});
