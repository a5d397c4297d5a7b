import { checkSettings } from '@ramble/core';

import { SUMMARIZATION_OPTIONS } from './cut-document.js';

describe('SUMMARIZATION_OPTIONS', () => {
  it('refuses a vocabulary beyond all use', () => {
    expect(() => checkSettings(SUMMARIZATION_OPTIONS, { bpeVocabSize: 1e9 })).toThrow(
      new RangeError(
        'bpeVocabSize: expected an integer of at least 257 and at most 1048576, got 1000000000',
      ),
    );
  });
});
