import type { HuggingFaceForm } from '@ramble/core';
import { huggingFaceFiles, huggingFaceTokenizer, type TokenizerKind } from '@ramble/tokenizers';

import {
  huggingFaceChatFiles,
  readHuggingFaceChat,
  writeHuggingFaceChat,
} from './hugging-face-chat.js';
import { textDomain, type TextDomain } from './text-domain.js';
import type { TextOptions } from './text-options.js';

/** How a text domain is read from and written to a Hugging Face folder. */
export const textHuggingFace: HuggingFaceForm<TextDomain, TextOptions> = {
  files: [...new Set([...huggingFaceFiles, ...huggingFaceChatFiles])],
  read: async (files, vocabSize) => {
    const tokenizer = await huggingFaceTokenizer(files, vocabSize);
    const options: TextOptions = {
      tokenizer: OPTION_OF[tokenizer.kind],
      bpeVocabSize: tokenizer.vocabSize,
      unknown: 'error',
    };
    const { specialTokens } = tokenizer;
    const chat = readHuggingFaceChat(files, vocabSize, (token) => specialTokens.get(token));
    return { domain: textDomain(tokenizer, undefined, chat), options };
  },
  write: (domain, contextLength) =>
    writeHuggingFaceChat(domain, domain.tokenizer.toHuggingFace(contextLength)),
};

const OPTION_OF: Readonly<Record<TokenizerKind, TextOptions['tokenizer']>> = {
  bytes: 'bytes',
  characters: 'char',
  gpt2: 'gpt2',
  bpe: 'bpe',
  pipeline: 'bpe', // the run keeps its tokenizer.json, whatever it is
};
