import { promptWindow, type TokenPrompt } from '@ramble/core';

import type { WrittenToken } from '../contract.js';
import { distribution } from '../distribution.js';
import type { ExploredModel } from '../models/explored-model.js';
import { pageTokens } from '../models/page-token.js';
import { readLogits } from './read-logits.js';

/** The tokens of a text that are told, and how many rivals of each. */
export interface ReadTokensOptions {
  /** Index of the first token; the second one of the text, or the first behind a prefix, unless given. */
  readonly from?: number;
  readonly rivals: number;
  readonly signal?: AbortSignal;
}

/**
 * Says of the tokens of a text how likely each was after those before it. Of a text longer than the context and a
 * token the end is read; tokens of a prefix, which see what comes after them, are not told.
 *
 * @returns the last tokens of the text.
 */
export async function readTokens(
  explored: ExploredModel,
  { tokens, prefixLength }: TokenPrompt,
  { from = 1, rivals, signal }: ReadTokensOptions,
): Promise<WrittenToken[]> {
  const { decoder } = explored.model;
  const all = Array.from(tokens);
  const first = Math.max(from, (decoder.hasPrefix && prefixLength) || 1);
  if (all.length <= first) return [];
  const window = promptWindow(decoder, { tokens: all.slice(0, -1), prefixLength }); // the last is not read
  const describe = pageTokens(explored);
  const told: WrittenToken[] = [];
  let next = all.length - window.tokens.length; // index of the token that the next logits are for
  const tell = (logits: Float32Array): void => {
    const token = all[next];
    if (next >= first) told.push(distribution(logits, describe).written(token, rivals));
    next++;
  };
  await readLogits(explored.model, window, { onEach: tell, onLast: tell, signal });
  return told;
}
