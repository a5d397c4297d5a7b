import { describe, expect, it } from '@jest/globals';

import { checkLoad } from './check-load.mjs';

describe('checkLoad', () => {
  it('refuses a busy machine, and prints how to measure nevertheless', () => {
    expect(() => checkLoad(1.8)).toThrow(
      new RangeError(
        'load: expected at most 0.3, got 1.8; wait a minute with nothing else running, or give --any-load, ' +
          'which the page will say',
      ),
    );
    expect(() => checkLoad(0.31)).toThrow('got 0.31');
  });

  it('accepts an idle machine', () => {
    for (const load of [0, 0.3]) expect(() => checkLoad(load)).not.toThrow();
  });
});
