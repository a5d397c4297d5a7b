import type { Artifact, TextStream, TokenPrompt } from '@ramble/core';

import type { ServedModel } from './served-model.js';

/**
 * Outputs that are shown as a whole: the text comes at the end. A piece is shown from its beginning,
 * and an answer with what was forced of it, as `sample` does.
 */
export function outputStream(
  { app, domain }: Pick<ServedModel, 'app' | 'domain'>,
  { tokens, outputStart = tokens.length }: TokenPrompt,
): TextStream {
  const output = Array.from(tokens).slice(app.packing === 'pieces' ? 0 : outputStart);
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
