import { createModel } from '../model/model.js';
import type { FinishedBeam } from '../sampling/beams.js';
import { rulesOf } from '../sampling/sampling-rules.js';
import { createScheduler } from './scheduler.js';
import { searchedOutput } from './outputs.js';

describe('searchedOutput', () => {
  it('reports the surviving beams of each step, with their sources and sums', () => {
    const sizes = { vocabSize: 13, contextLength: 24, nLayer: 1, nHead: 2, nEmbd: 12 };
    const model = createModel(sizes, { seed: 5 });
    const prompt = { tokens: [3, 1, 4] };
    const rules = rulesOf(13, { numBeams: 3, nBest: 3, maxNewTokens: 5 });
    const paths: { readonly tokens: number[]; readonly sum: number }[][] = [
      [{ tokens: [], sum: 0 }],
    ];
    let found: readonly FinishedBeam[] = [];
    const search = searchedOutput(model.decoder, prompt, {
      rules,
      stopWhen: () => false,
      onStep: ({ pending, sources, sums }) => {
        const before = paths[paths.length - 1];
        const grown = sources.map((source, i) => {
          return { tokens: [...before[source].tokens, pending[i].tokens[0]], sum: sums[i] };
        });
        paths.push(grown);
        for (const [i, { sum }] of grown.entries()) {
          expect(sum).toBeLessThan(before[sources[i]].sum);
        }
      },
      onEnd: (outputs) => {
        found = outputs;
      },
      onFail: (error) => {
        throw error;
      },
    });
    const scheduler = createScheduler(model, { batchSize: 3 });
    scheduler.add({ prompt, sequences: [search] });
    while (scheduler.step());
    expect(found).toHaveLength(3);
    for (const { output, logProbabilities } of found) {
      const path = paths[4].find(({ tokens }) => tokens.join() === output.slice(0, 4).join());
      const sum = logProbabilities.slice(0, 4).reduce((total, each) => total + each, 0);
      expect(path?.sum).toBeCloseTo(sum, 9);
    }
  });
});
