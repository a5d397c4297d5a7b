import type { Artifact, TokenPrompt } from '@ramble/core';
import { outputTokens, streamOutputFeature } from '@ramble/core/app';

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

/** Maximum number of bytes that are passed to one function call. */
const PART = 2 ** 13;

/** Encodes bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART) {
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  }
  return btoa(text);
}

/**
 * Decodes a file from base64.
 *
 * @param name - Name of the field, for the error.
 * @throws RangeError if it is not base64.
 */
export function fromBase64(name: string, base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    throw new RangeError(`${name}: expected a file in base64, got other text`);
  }
}
