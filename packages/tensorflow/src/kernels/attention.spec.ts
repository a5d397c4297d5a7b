import { dropoutFactors } from '@ramble/core/engine';

import { describeOnEngine } from '../../test/describe-on-engine.js';
import { keptEntries } from './attention.js';

describeOnEngine('keptEntries', () => {
  it.each([
    [[1], { rate: 0.5, seed: 0, step: 0, stream: 0 }],
    [[7, 9], { rate: 0.1, seed: 3, step: 2, stream: 5 }],
    [[2, 3, 4, 5], { rate: 0.9, seed: 2 ** 53 - 1, step: 2 ** 32 - 1, stream: 2 ** 32 - 1 }],
    [[300, 401], { rate: 1 / 3, seed: 2 ** 40 + 1, step: 1, stream: 2 ** 31 }],
  ])('keeps the same entries of %j as core with %j', (shape, dropout) => {
    const factors = dropoutFactors(shape, dropout).dataSync();
    const kept = keptEntries(shape, dropout);
    expect(kept.shape).toEqual(shape);
    expect(Array.from(kept.dataSync(), Boolean)).toEqual(Array.from(factors, Boolean));
  });
});
