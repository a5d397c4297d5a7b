import { type Artifact, outputTokens, type TextStream, type TokenPrompt } from '@ramble/core';

import type { ServedModel } from './served-model.js';

/** Outputs that are shown as a whole: the text comes at the end. */
export function outputStream(
  { app, domain }: Pick<ServedModel, 'app' | 'domain'>,
  prompt: TokenPrompt,
): TextStream {
  const output = outputTokens(app, prompt, []);
  return {
    push: (token) => {
      output.push(token);
      return '';
    },
    end: () => artifactText(app.showOutput(domain.decodeOutput(output))),
  };
}

/** An artifact as text: a file in base64. */
export function artifactText(artifact: Artifact): string {
  if (artifact.kind === 'text') return artifact.text;
  return Buffer.from(artifact.bytes).toString('base64');
}
