import { checkSettings } from '@ramble/core';

import { TEXT_OPTIONS } from './text-factory.js';

describe('TEXT_OPTIONS', () => {
  it('refuses a vocabulary beyond all use', () => {
    expect(() => checkSettings(TEXT_OPTIONS, { bpeVocabSize: 1e9 })).toThrow(
      new RangeError(
        'bpeVocabSize: expected an integer of at least 257 and at most 1048576, got 1000000000',
      ),
    );
  });
});
