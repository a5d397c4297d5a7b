import { readFileSync } from 'node:fs';

import { samplingConfig } from '../config/sampling-config.js';
import { filterLogits, softmax } from './filter-logits.js';

interface Distribution {
  readonly logits: number[];
  readonly options: Record<string, unknown>;
  readonly processedLogits: (number | '-Infinity')[];
  readonly probabilities: number[];
}
const path = new URL('../../fixtures/generation/distributions.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Distribution[] };
const built = ['temperature', 'topK', 'topP'];
const ours = cases.filter(({ options }) =>
  Object.keys(options).every((key) => built.includes(key)),
);

describe('filterLogits', () => {
  it('has reference distributions to compare with', () => {
    expect(ours.length).toBeGreaterThan(30);
  });

  it.each(ours.map((each) => [JSON.stringify(each.options), each] as const))(
    "removes what Hugging Face's generate removes with %s",
    (_, { logits, options, processedLogits, probabilities }) => {
      // A k beyond the vocabulary and the other fields of options are numbers in range.
      const filtered = filterLogits(logits, samplingConfig(options));
      const kept = Array.from(filtered, Number.isFinite);
      expect(kept).toEqual(processedLogits.map((logit) => logit !== '-Infinity'));
      expect(softmax(filtered)).toBeAllClose(probabilities, { atol: 1e-5 });
    },
  );

  it('keeps all that tie with the k-th', () => {
    const filtered = filterLogits([1, 3, 2, 2, 0], samplingConfig({ topK: 2 }));
    expect([...filtered]).toEqual([-Infinity, 3, 2, 2, -Infinity]);
  });

  it('keeps the likeliest token however small p is', () => {
    expect([...filterLogits([1, 5, 1], samplingConfig({ topP: 1e-9 }))]).toEqual([
      -Infinity,
      5,
      -Infinity,
    ]);
  });
});
