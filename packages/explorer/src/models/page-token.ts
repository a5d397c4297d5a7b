import type { Artifact } from '@ramble/core';
import { outputFormat, outputTokens, streamOutputFeature } from '@ramble/core/app';
import { unquoted } from '@ramble/core/files';
import { largestTokens, logitEntropy, logSumExp } from '@ramble/core/sampling';

import type {
  ArtifactView,
  LikelyToken,
  PagePrompt,
  PageToken,
  WrittenToken,
} from '../contract.js';
import { type ExploredModel, readSource } from './requested-model.js';

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

/** Returns the text of an output with the given tokens; `undefined` if the domain cannot show it. */
function textOf(explored: Described, ids: readonly number[]): string | undefined {
  try {
    const shown = shownOutput(explored, { tokens: [] }, ids);
    return shown.kind === 'text' ? shown.text : undefined;
  } catch {
    return undefined; // a user's app may only show whole outputs
  }
}

/** Converts an artifact (a text or a file) to plain JSON. */
export function artifactView(artifact: Artifact): ArtifactView {
  if (artifact.kind === 'text') return artifact;
  const { extension, bytes } = artifact;
  return { kind: 'file', extension: extension.replace(/^\./, ''), base64: toBase64(bytes) };
}

/** Returns an output in its final form, as `ramble sample` shows it. */
export function shownOutput(
  { app, domain }: Pick<ExploredModel, 'app' | 'domain'>,
  prompt: PagePrompt,
  output: readonly number[],
): ArtifactView {
  const stream = streamOutputFeature.of(app)?.(domain);
  if (stream) {
    const text = output.map((token) => stream.push(token)).join('');
    return { kind: 'text', text: text + stream.end() };
  }
  const decoded: unknown = domain.decodeOutput(outputTokens(app, prompt, output));
  const given = prompt.source && readSource({ app }, prompt.source);
  return artifactView(app.showOutput(decoded, undefined, given));
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

/** Probability distribution of the next token from its logits, before temperature and filters. */
export interface Distribution {
  /** The entropy, in bits. */
  readonly entropy: number;
  /** Returns the probability of a token. */
  probability(id: number): number;
  /** Returns the most probable tokens in descending order; on a tie, the smaller id comes first. */
  likeliest(count: number): LikelyToken[];
  /** Returns a token with its probability and rank. */
  readonly token: (id: number) => LikelyToken;
  /** Returns a token of a text, with the most probable tokens for its position. */
  written(id: number, alternatives: number): WrittenToken;
}

/**
 * Computes the distribution of logits.
 *
 * @param logits - Logits of a position, `[V]`.
 * @param describe - Returns a token's description for the page.
 * @throws RangeError if a logit is NaN.
 */
export function distribution(
  logits: ArrayLike<number>,
  describe: (id: number) => PageToken,
): Distribution {
  const logSum = logSumExp(logits);
  const probability = (id: number): number => Math.exp(logits[id] - logSum);
  const entropy = logitEntropy(logits) / Math.LN2;
  const likeliest = (count: number): LikelyToken[] =>
    largestTokens(logits, Math.min(count, logits.length)).map((id, i) => {
      return { ...describe(id), probability: probability(id), rank: i + 1 };
    });
  const token = (id: number): LikelyToken => {
    return { ...describe(id), probability: probability(id), rank: rankOf(logits, id) };
  };
  return {
    entropy,
    probability,
    likeliest,
    token,
    written: (id, alternatives) => ({
      ...token(id),
      entropy,
      alternatives: likeliest(alternatives),
    }),
  };
}

/** Returns the rank of a token by its logit, from 1; on a tie, the smaller id comes first. */
function rankOf(logits: ArrayLike<number>, id: number): number {
  const own = logits[id];
  let before = 0;
  for (let other = 0; other < logits.length; other++) {
    if (logits[other] > own || (logits[other] === own && other < id)) before++;
  }
  return before + 1;
}
