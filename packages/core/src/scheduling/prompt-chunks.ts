/** A prompt that is read in parts. */
export interface ChunkedPrompt {
  readonly tokens: readonly number[];
  /**
   * Number of its first tokens that attend to one another in both directions; they are read in one
   * step.
   */
  readonly prefixLength?: number;
  /**
   * What it goes on from where a slot holds its beginning: whole parts of a prompt, so that rounding is the
   * same as if all were read anew, or all tokens that are the same, those of an output too.
   */
  readonly sharing?: 'parts' | 'tokens';
}

/** What a slot of the cache holds of a prompt. */
export interface HeldPrompt {
  readonly prompt: ChunkedPrompt;
  /** Number of tokens that were read in whole parts, from the first one on. */
  readonly chunkedCount: number;
  /** Number of its tokens that were read in any way; as many unless given. */
  readonly computedCount?: number;
  /** The tokens after them, which were written and read one by one. */
  readonly generatedTokens?: readonly number[];
}

/**
 * The end of the part that begins at a position. A prompt is cut at the same tokens whatever else is read,
 * so that rounding is the same too.
 */
export function chunkEnd(prompt: ChunkedPrompt, from: number, chunkSize: number): number {
  return Math.min(prompt.tokens.length, wholeChunkEnd(prompt, from, chunkSize));
}

/** The end of the part that begins at a position, if the prompt goes on as far. */
function wholeChunkEnd(
  { prefixLength = 0 }: ChunkedPrompt,
  from: number,
  chunkSize: number,
): number {
  return from + (from === 0 ? Math.max(chunkSize, prefixLength) : chunkSize);
}

/** The most tokens, `length` or fewer, that are whole parts of a prompt. */
export function wholeChunks(prompt: ChunkedPrompt, length: number, chunkSize: number): number {
  let end = 0;
  for (;;) {
    const next = wholeChunkEnd(prompt, end, chunkSize);
    if (next > length) return end;
    end = next;
  }
}

/**
 * Number of tokens of a prompt that need not be read where another one is held: the whole parts with
 * which both begin. The last token is never among them: its logits are wanted.
 */
export function sharedChunks(held: HeldPrompt, prompt: ChunkedPrompt, chunkSize: number): number {
  if ((held.prompt.prefixLength ?? 0) !== (prompt.prefixLength ?? 0)) return 0;
  const limit = Math.min(held.chunkedCount, prompt.tokens.length - 1);
  if (limit < chunkSize) return 0;
  let common = 0;
  while (common < limit && held.prompt.tokens[common] === prompt.tokens[common]) common++;
  return wholeChunks(prompt, common, chunkSize);
}

/**
 * Number of tokens of a prompt that need not be read where another one is held with its output, whatever
 * they were read with. The last token is never among them: its logits are wanted.
 */
export function sharedTokens(held: HeldPrompt, prompt: ChunkedPrompt): number {
  if (held.prompt.prefixLength || prompt.prefixLength) return 0;
  const { chunkedCount, computedCount = chunkedCount, generatedTokens = [] } = held;
  const limit = Math.min(computedCount + generatedTokens.length, prompt.tokens.length - 1);
  const tokenAt = (at: number): number =>
    at < computedCount ? held.prompt.tokens[at] : generatedTokens[at - computedCount];
  let common = 0;
  while (common < limit && tokenAt(common) === prompt.tokens[common]) common++;
  return common;
}
