import { checkSettings, type HuggingFaceForm } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';
import { huggingFaceFiles, huggingFaceTokenizer, type Tokenizer } from '@ramble/tokenizers';

import {
  huggingFaceChatFiles,
  readHuggingFaceChat,
  writeHuggingFaceChat,
} from './hugging-face-chat.js';
import { textDomain, type TextDomain } from './text-domain.js';
import { TEXT_OPTIONS } from './text-options.js';

/** How a text domain is read from and written to a Hugging Face folder. */
export const textHuggingFace: HuggingFaceForm<TextDomain> = {
  files: [...new Set([...huggingFaceFiles, ...huggingFaceChatFiles])],
  read: async (files, vocabSize) => {
    const tokenizer = await huggingFaceTokenizer(files, vocabSize);
    const { specialTokens } = tokenizer;
    const chat = readHuggingFaceChat(files, vocabSize, (token) => specialTokens.get(token));
    return { domain: textDomain(tokenizer, undefined, chat), options: optionsOf(tokenizer) };
  },
  write: (domain, contextLength) =>
    writeHuggingFaceChat(domain, domain.tokenizer.toHuggingFace(contextLength)),
};

/** The options of a tokenizer; one that none of them makes is known by the file that the run keeps. */
function optionsOf({ kind, vocabSize }: Tokenizer): JsonObject {
  switch (kind) {
    case 'pipeline':
      return { tokenizer: 'tokenizer.json' };
    case 'bpe':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: 'bpe' }), bpeVocabSize: vocabSize };
    case 'characters':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: 'char' }) };
    case 'bytes':
    case 'gpt2':
      return { ...checkSettings(TEXT_OPTIONS, { tokenizer: kind }) };
  }
}
