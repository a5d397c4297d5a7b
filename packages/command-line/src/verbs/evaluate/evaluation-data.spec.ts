import type { AnyApp, Domain, TokenExample } from '@ramble/core';

import {
  boundedBatch,
  type EvaluationData,
  openEvaluationData,
  timedProgress,
} from './evaluation-data.js';

/** A domain whose examples are token counts; a long example has no part to evaluate. */
const domain = {
  vocabulary: { size: 9 },
  encodeExample: (length: number): TokenExample => ({
    tokens: Array.from({ length }, (_, i) => i),
    lossWeights: Array.from({ length }, () => 1),
  }),
  segments: () => [],
} as unknown as Domain<unknown, unknown, unknown>; // the members that evaluation uses

function open(
  lengths: readonly number[],
  onSkip: (reason: string) => void,
): Promise<EvaluationData> {
  const readExamples = async function* (): AsyncGenerator<number> {
    for (const length of lengths) yield await Promise.resolve(length);
  };
  const app = { name: 'lengths', packing: 'examples', data: { readExamples } } as unknown as AnyApp; // as above
  const data = { flag: 'trainData', files: [], sha256: '', descriptions: [], validation: [] };
  return openEvaluationData(data, { app, domain, contextLength: 4, batchSize: 2, onSkip });
}

describe('openEvaluationData', () => {
  it('counts the examples that are longer than the context and were left out', async () => {
    const reasons: string[] = [];
    const data = await open([3, 9, 5], (reason) => reasons.push(reason));
    expect([data.sequences, data.examples()]).toEqual([2, [3, 9, 5]]);
    expect(data.shortened).toEqual({ examples: [3, 5], leftOut: 1 });
    expect(await open([3, 5], () => undefined)).not.toHaveProperty('shortened');
    expect(reasons).toEqual(['1 of 3 examples, longer than the context']);
  });

  it('needs an example that fits', async () => {
    await expect(open([9, 8], () => undefined)).rejects.toThrow(
      new RangeError(
        'trainData: expected an example that fits into the context of 4, got none of 2',
      ),
    );
  });
});

describe('boundedBatch', () => {
  it('has few sequences if their logits would take gigabytes', () => {
    const batchOf = (length: number, size: number): number => {
      const options = { batchSize: 12, domain: { vocabulary: { size } } };
      return boundedBatch(options as never, length).batchSize;
    };
    expect([batchOf(128, 6000), batchOf(550, 49_152), batchOf(8192, 49_152)]).toEqual([12, 4, 1]);
  });
});

describe('timedProgress', () => {
  it('shows the remaining time once it can be estimated', () => {
    const shown: string[] = [];
    let ms = 0;
    const show = timedProgress(
      {
        output: { progress: (text: string) => void shown.push(text) },
        io: { clock: { now: () => ms } },
      } as never,
      'writing',
    );
    show(0.1);
    ms = 60_000;
    show(0.25);
    expect(shown).toEqual(['writing: 10 %', 'writing: 25 %, 3 min 0 s left']);
  });
});
