import type { DomainFactory } from '@ramble/core';
import {
  byteTokenizer,
  gpt2Tokenizer,
  loadTokenizer,
  type Tokenizer,
  trainBpe,
  trainCharacters,
} from '@ramble/tokenizers';

import { textDomain, type TextDomain } from './text-domain.js';
import type { TextExample } from './text-example.js';
import type { TextOptions } from './text-options.js';
import { readTextSettings, writeTextSettings } from './text-settings.js';

/** Makes text domains: learns a tokenizer, saves it as the run's `domain/`, and loads it again. */
export const textFactory: DomainFactory<TextDomain, TextExample, TextOptions> = {
  fit: async (examples, options) => {
    let documents = 0;
    async function* texts(): AsyncGenerator<string> {
      for await (const { text, endsDocument } of examples) {
        if (endsDocument) documents++;
        yield text;
      }
    }
    const tokenizer = await makeTokenizer(texts(), options);
    return textDomain(tokenizer, documents === 1 ? lineStart(tokenizer) : undefined);
  },

  save: (domain) => ({ ...domain.tokenizer.save(), ...writeTextSettings(domain) }),

  load: async (files) => {
    const tokenizer = await loadTokenizer(files);
    const { start, ...settings } = readTextSettings(files, tokenizer.vocabSize);
    return textDomain(tokenizer, start, settings);
  },
};

function makeTokenizer(
  texts: AsyncIterable<string>,
  { tokenizer, bpeVocabSize, unknown }: TextOptions,
): Promise<Tokenizer> {
  switch (tokenizer) {
    case 'char':
      return trainCharacters(texts, { unknown });
    case 'bpe':
      return trainBpe(texts, { vocabSize: bpeVocabSize });
    case 'bytes':
      return drained(texts, () => byteTokenizer());
    case 'gpt2':
      return drained(texts, () => gpt2Tokenizer());
  }
}

/** Reads to the end, so that the documents are counted and bad text is found before training. */
async function drained<T>(texts: AsyncIterable<string>, make: () => T | Promise<T>): Promise<T> {
  const reader = texts[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
  return make();
}

/**
 * A single document has no `<|endoftext|>` inside, so a model of it never learns what follows one:
 * it starts at the beginning of a line instead, where the text has lines.
 */
function lineStart(tokenizer: Tokenizer): readonly number[] | undefined {
  try {
    return Array.from(tokenizer.encode('\n'));
  } catch {
    return undefined; // characters of a text without line ends
  }
}
