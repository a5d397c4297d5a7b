import { checkSettings } from '@ramble/core';

import { TRANSLATION_OPTIONS } from './language-tags.js';

describe('TRANSLATION_OPTIONS', () => {
  it('refuses a vocabulary beyond all use', () => {
    expect(() => checkSettings(TRANSLATION_OPTIONS, { bpeVocabSize: 1e9 })).toThrow(
      new RangeError(
        'bpeVocabSize: expected an integer of at least 257 and at most 1048576, got 1000000000',
      ),
    );
  });
});
