/** A prompt that is read in parts. */
export interface PartedPrompt {
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
  readonly prompt: PartedPrompt;
  /** Number of tokens that were read in whole parts, from the first one on. */
  readonly read: number;
  /** Number of its tokens that were read in any way; as many unless given. */
  readonly length?: number;
  /** The tokens after them, which were written and read one by one. */
  readonly written?: readonly number[];
}

/**
 * The end of the part that begins at a position. A prompt is cut at the same tokens whatever else is read,
 * so that rounding is the same too.
 */
export function partEnd(prompt: PartedPrompt, from: number, partLength: number): number {
  return Math.min(prompt.tokens.length, wholePartEnd(prompt, from, partLength));
}

/** The end of the part that begins at a position, if the prompt goes on as far. */
function wholePartEnd(
  { prefixLength = 0 }: PartedPrompt,
  from: number,
  partLength: number,
): number {
  return from + (from === 0 ? Math.max(partLength, prefixLength) : partLength);
}

/** The most tokens, `length` or fewer, that are whole parts of a prompt. */
export function wholeParts(prompt: PartedPrompt, length: number, partLength: number): number {
  let end = 0;
  for (;;) {
    const next = wholePartEnd(prompt, end, partLength);
    if (next > length) return end;
    end = next;
  }
}

/**
 * Number of tokens of a prompt that need not be read where another one is held: the whole parts with
 * which both begin. The last token is never among them: its logits are wanted.
 */
export function sharedParts(held: HeldPrompt, prompt: PartedPrompt, partLength: number): number {
  if ((held.prompt.prefixLength ?? 0) !== (prompt.prefixLength ?? 0)) return 0;
  const most = Math.min(held.read, prompt.tokens.length - 1);
  if (most < partLength) return 0;
  let common = 0;
  while (common < most && held.prompt.tokens[common] === prompt.tokens[common]) common++;
  return wholeParts(prompt, common, partLength);
}

/**
 * Number of tokens of a prompt that need not be read where another one is held with its output, whatever
 * they were read with. The last token is never among them: its logits are wanted.
 */
export function sharedTokens(held: HeldPrompt, prompt: PartedPrompt): number {
  if (held.prompt.prefixLength || prompt.prefixLength) return 0;
  const { read, length = read, written = [] } = held;
  const most = Math.min(length + written.length, prompt.tokens.length - 1);
  const tokenAt = (at: number): number =>
    at < length ? held.prompt.tokens[at] : written[at - length];
  let common = 0;
  while (common < most && tokenAt(common) === prompt.tokens[common]) common++;
  return common;
}
