import type { Artifact, TokenPrompt } from '@ramble/core';
import { outputTokens, streamOutputFeature } from '@ramble/core/app';

import { toBase64 } from '../base64.js';
import type { ArtifactView } from '../contract.js';
import type { ExploredModel } from './asked-model.js';

/** Converts an artifact to plain JSON. */
export function artifactView(artifact: Artifact): ArtifactView {
  if (artifact.kind === 'text') return artifact;
  const { extension, bytes } = artifact;
  return { kind: 'file', extension: extension.replace(/^\./, ''), base64: toBase64(bytes) };
}

/** Returns an output in its final form, as `ramble sample` shows it. */
export function shownOutput(
  { app, domain }: Pick<ExploredModel, 'app' | 'domain'>,
  prompt: TokenPrompt,
  output: readonly number[],
): ArtifactView {
  const stream = streamOutputFeature.of(app)?.(domain);
  if (stream) {
    const text = output.map((token) => stream.push(token)).join('');
    return { kind: 'text', text: text + stream.end() };
  }
  const decoded: unknown = domain.decodeOutput(outputTokens(app, prompt, output));
  return artifactView(app.showOutput(decoded));
}
