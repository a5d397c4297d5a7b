import { describe, expect, it } from '@jest/globals';

import { ROWS } from './rows.mjs';

describe('ROWS', () => {
  it.each(Object.keys(ROWS))('%s is measured on native, which needs no peer', (name) => {
    expect(ROWS[name].native.isPeer).toBe(false);
  });

  it('has a smallest row in which another contestant needs no peer', () => {
    expect(Object.keys(ROWS['train-A']).filter((name) => !ROWS['train-A'][name].isPeer)).toEqual([
      'native',
      'wasm',
    ]);
  });
});
