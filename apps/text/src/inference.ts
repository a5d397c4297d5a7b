import type { InferenceApp } from '@ramble/core';
import { promptExamplesFeature, streamOutputFeature } from '@ramble/core/app';
import { decodeText } from '@ramble/core/files';
import {
  outputDecoder,
  type TextDomain,
  type TextExample,
  textFactory,
  type TextOptions,
} from '@ramble/language';

/** App to use a trained text model: reads prompts and shows outputs. The training app extends it. */
export const textInference: InferenceApp<TextExample, string, string, TextOptions> = {
  name: 'text',
  description: 'Learns from text and continues it.',
  factory: textFactory,
  packing: 'stream',
  readPrompt: (content) => decodeText('prompt', content),
  readOutput: (content) => decodeText('output', content),
  showOutput: (text) => ({ kind: 'text', text }),
  features: {
    ...streamOutputFeature.with(({ tokenizer }: TextDomain) => outputDecoder(tokenizer)),
    ...promptExamplesFeature.with([
      'A robot must obey the orders given it',
      'Once upon a time, there was',
      'The capital of France is',
      'To be, or not to be',
    ]),
  },
};
