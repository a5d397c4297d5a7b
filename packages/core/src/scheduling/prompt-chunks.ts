import type { Model } from '../model/model-in-use.js';

/** A prompt that is read in chunks. */
export interface ChunkedPrompt {
  readonly tokens: readonly number[];
  /** The model that reads the prompt. Prompts of different models share no keys and values. */
  readonly model?: Model;
  /**
   * Length of the prefix: number of tokens at the start that attend to one another in both directions. They are in
   * one chunk.
   */
  readonly prefixLength?: number;
  /**
   * Kind of tokens whose keys and values are copied, not computed, if a slot begins with the same tokens.
   * - `parts`: whole chunks of a prompt, with the same rounding as if all were computed.
   * - `tokens`: every equal token, including generated ones; rounding may differ.
   */
  readonly sharing?: 'parts' | 'tokens';
}

/** The contents of a slot: the part of a prompt that was read, and generated tokens. */
export interface HeldPrompt {
  readonly prompt: ChunkedPrompt;
  /** Number of tokens at the start of the prompt that were read in whole chunks. */
  readonly chunkedCount: number;
  /** Number of tokens at the start of the prompt that were read, in chunks or not; `chunkedCount` by default. */
  readonly computedCount?: number;
  /** Tokens after the prompt, read one at a time. */
  readonly generatedTokens?: readonly number[];
}

/**
 * Returns the position after the chunk that begins at `from`. Chunks depend only on the prompt, so that its rounding
 * does not depend on the other sequences of a batch.
 */
export function chunkEnd(prompt: ChunkedPrompt, from: number, chunkSize: number): number {
  return Math.min(prompt.tokens.length, wholeChunkEnd(prompt, from, chunkSize));
}

/** Returns the position after the chunk that begins at `from`, as if the prompt did not end within it. */
function wholeChunkEnd(
  { prefixLength = 0 }: ChunkedPrompt,
  from: number,
  chunkSize: number,
): number {
  return from + (from === 0 ? Math.max(chunkSize, prefixLength) : chunkSize);
}

/** Returns the number of tokens in the whole chunks among the first `length` tokens of a prompt. */
export function wholeChunks(prompt: ChunkedPrompt, length: number, chunkSize: number): number {
  let end = 0;
  for (;;) {
    const next = wholeChunkEnd(prompt, end, chunkSize);
    if (next > length) return end;
    end = next;
  }
}

/**
 * Returns the number of tokens at the start of a prompt that can be copied from a slot in whole chunks. The last
 * token of the prompt is never copied, because its logits are needed.
 */
export function sharedChunks(held: HeldPrompt, prompt: ChunkedPrompt, chunkSize: number): number {
  if (held.prompt.model !== prompt.model) return 0;
  if ((held.prompt.prefixLength ?? 0) !== (prompt.prefixLength ?? 0)) return 0;
  const limit = Math.min(held.chunkedCount, prompt.tokens.length - 1);
  if (limit < chunkSize) return 0;
  let common = 0;
  while (common < limit && held.prompt.tokens[common] === prompt.tokens[common]) common++;
  return wholeChunks(prompt, common, chunkSize);
}

/**
 * Returns the number of tokens at the start of a prompt that can be copied from a slot, in any chunks and including
 * generated tokens. The last token of the prompt is never copied, because its logits are needed.
 */
export function sharedTokens(held: HeldPrompt, prompt: ChunkedPrompt): number {
  if (held.prompt.model !== prompt.model) return 0;
  if (held.prompt.prefixLength || prompt.prefixLength) return 0;
  const { chunkedCount, computedCount = chunkedCount, generatedTokens = [] } = held;
  const limit = Math.min(computedCount + generatedTokens.length, prompt.tokens.length - 1);
  const tokenAt = (at: number): number =>
    at < computedCount ? held.prompt.tokens[at] : generatedTokens[at - computedCount];
  let common = 0;
  while (common < limit && tokenAt(common) === prompt.tokens[common]) common++;
  return common;
}
