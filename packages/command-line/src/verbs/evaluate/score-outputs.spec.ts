import { createModel, samplingConfig } from '@ramble/core';

import { cpuEngine } from '../../../test/cpu-engine.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { scoreOutputs } from './score-outputs.js';

const examples = Array.from({ length: 9 }, (_, i) => ({
  word: 'ab'.repeat(1 + (i % 3)),
  index: i,
}));
const scored: unknown[][] = [];
const app = {
  ...reversalApp,
  scoring: {
    promptOf: (example: unknown) => (example as { readonly word: string }).word,
    score: (outputs: readonly unknown[], of: readonly unknown[]) => {
      scored.push([...of]);
      return [{ name: 'count', score: outputs.length, signature: '' }];
    },
  },
};

async function run(stopAt: RegExp): Promise<readonly [score: number | undefined, said: string[]]> {
  await cpuEngine.load();
  const domain = await reversalApp.factory.load({});
  const config = { nLayer: 1, nHead: 1, nEmbd: 4, contextLength: 16, vocabSize: 28 };
  const model = createModel(config);
  const notes: string[] = [];
  let interrupt = (): void => undefined;
  const output = {
    progress: (text: string) => {
      if (stopAt.test(text)) interrupt();
    },
    warn: (text: string) => Promise.resolve(void notes.push(text)),
  };
  const io = {
    clock: performance,
    onInterrupt: (listener: () => void) => ((interrupt = listener), () => undefined),
  };
  const open = { domain, model, description: { domain: { name: 'another' } } };
  const sampling = samplingConfig({ method: 'greedy', maxNewTokens: 3 });
  try {
    const result = await scoreOutputs(
      { app, output, io } as never,
      open as never,
      { examples: () => examples },
      sampling,
    );
    return [result?.scores[0].score, notes];
  } finally {
    model.dispose();
  }
}

describe('scoreOutputs', () => {
  it('scores all outputs', async () => {
    expect(await run(/never/)).toEqual([9, []]);
    expect(scored.at(-1)).toEqual(examples);
  });

  it('scores the complete outputs when Ctrl-C ends the sampling, and prints their number', async () => {
    const [count = 0, said] = await run(/writing: [3-9]\d %/);
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThan(9);
    expect(said).toEqual([
      'stopping; a second Ctrl-C stops at once',
      `outputs are scored on ${count} of 9 examples, as sampling was stopped`,
    ]);
    const indices = (scored.at(-1) as typeof examples).map(({ index }) => index);
    expect(indices).toEqual([...indices].sort((a, b) => a - b));
  });
});
