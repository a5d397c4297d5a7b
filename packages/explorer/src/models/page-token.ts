import type { Artifact, TokenPrompt } from '@ramble/core';
import { outputFormat, outputTokens, streamOutputFeature } from '@ramble/core/app';
import { unquoted } from '@ramble/core/files';

import type { ArtifactView, PageToken } from '../contract.js';
import type { ExploredModel } from './asked-model.js';

type Described = Pick<ExploredModel, 'app' | 'domain'>;

/**
 * Makes a function that describes the tokens of a model for the page.
 *
 * @returns a function from an id of the vocabulary to the token.
 */
export function pageTokens(explored: Described): (id: number) => PageToken {
  const { app, domain } = explored;
  const isText = outputFormat(app, domain) === undefined;
  return (id) => {
    const word = domain.vocabulary.describe(id);
    if (!isText) return { id, word, text: word };
    const bytes = partialBytes(explored, id, word);
    return bytes ? { id, word, text: '', bytes } : { id, word, text: unquoted(word) };
  };
}

/** Description of a token that is not a whole number of characters: `0xF0 0x9F`. */
const BYTES = /^0x[0-9A-F]{2}(?: 0x[0-9A-F]{2})*$/u;

/** Returns the bytes of a token that is a part of a character; `undefined` for any other token. */
function partialBytes(explored: Described, id: number, word: string): number[] | undefined {
  if (!BYTES.test(word)) return undefined;
  // A user's domain may have whole tokens of this name.
  return textOf(explored, [id])?.includes('\uFFFD') ? word.split(' ').map(Number) : undefined;
}

/** Number of a vocabulary's tokens that are decoded to find out how their texts join. */
const PROBES = 16;

/** Whether the text of an output is the joined text of its tokens. */
export function joinsTokens(explored: Described): boolean {
  const { app, domain } = explored;
  if (outputFormat(app, domain) !== undefined) return false;
  if (streamOutputFeature.of(app)) return true;
  const { vocabulary } = domain;
  const ids = Array.from({ length: PROBES }, (_, i) => Math.floor((i * vocabulary.size) / PROBES));
  const probed = [...new Set(ids)].filter((id) => !domain.stopTokens.includes(id));
  const words = probed.map((id) => vocabulary.describe(id));
  // Tokenizers quote texts; a user's domain may describe its tokens by their plain text.
  if (words.some((word) => unquoted(word) !== word)) return true;
  return textOf(explored, probed) === words.join('');
}

/** Returns the text of an output of these tokens; `undefined` if the domain cannot show it. */
function textOf(explored: Described, ids: readonly number[]): string | undefined {
  try {
    const shown = shownOutput(explored, { tokens: [] }, ids);
    return shown.kind === 'text' ? shown.text : undefined;
  } catch {
    return undefined; // a user's app may only show whole outputs
  }
}

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
