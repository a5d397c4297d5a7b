import { type AskedApp, decodeText } from '@ramble/core';
import { streamOutputFeature } from '@ramble/core/app';
import {
  outputDecoder,
  type TextDomain,
  type TextExample,
  textFactory,
  type TextOptions,
} from '@ramble/language';

/** Prompts (texts to continue) and outputs of a trained model; training is added by the app. */
export const askedText: AskedApp<TextExample, string, string, TextOptions> = {
  name: 'text',
  description: 'Language models: learns from text and continues it.',
  factory: textFactory,
  packing: 'stream',
  readPrompt: (content) => decodeText('prompt', content),
  readOutput: (content) => decodeText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  features: streamOutputFeature.with(({ tokenizer }: TextDomain) => outputDecoder(tokenizer)),
};
