import { outputFormat, type TextStream, type TokenPrompt, streamOutputFeature } from '@ramble/core';

import { outputStream } from './output-stream.js';
import type { ServedModel } from './served-model.js';

/** A served model, and how its outputs become text. */
export interface DomainModel extends ServedModel {
  /** Whether the text of an output grows after its prompt, token by token. */
  readonly grows: boolean;
  /** The kind of file that outputs are, where they are files: `mid`. Their text is base64. */
  readonly format?: string;
  /** The text of an output of this prompt, while its tokens come. */
  stream(prompt: TokenPrompt): TextStream;
  /** The text of one token; where that is part of a character, its bytes as people read them. */
  textOf(token: number): string;
}

/** Writes a model's outputs as text, whatever its domain: files in base64. */
export function domainModel(served: ServedModel): DomainModel {
  const { app, domain } = served;
  const streamOutput = streamOutputFeature.of(app);
  const grows = streamOutput !== undefined;
  const stream = (prompt: TokenPrompt): TextStream =>
    streamOutput?.(domain) ?? outputStream(served, prompt);
  return {
    ...served,
    grows,
    format: outputFormat(app, domain),
    stream,
    textOf: (token) => {
      const whole = streamOutput?.(domain);
      const text = whole === undefined ? '\uFFFD' : whole.push(token) + whole.end();
      return text.includes('\uFFFD') ? domain.vocabulary.describe(token) : text;
    },
  };
}
