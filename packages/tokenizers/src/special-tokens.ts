/** Tokens that no text can produce: they have a name, an id of their own and no spelling. */
import { detach } from './detach.js';

/** Ends a document, and starts one that has no prompt. */
export const endOfTextToken = '<|endoftext|>';

/** Name -> id. */
export type SpecialTokens = ReadonlyMap<string, number>;

/**
 * Numbers special tokens from `firstId` in the order given; `<|endoftext|>` comes first where it is not
 * among them.
 *
 * @throws RangeError when a name is empty, has a lone surrogate or comes twice.
 */
export function numberSpecialTokens(names: readonly string[], firstId: number): SpecialTokens {
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw badName(repeated);
  const all = names.includes(endOfTextToken) ? names : [endOfTextToken, ...names];
  return addSpecialTokens(new Map(), all, firstId);
}

/**
 * Some special tokens and those that are missing among them, numbered from `firstId`.
 *
 * @throws RangeError when a name is empty or has a lone surrogate.
 */
export function addSpecialTokens(
  specials: SpecialTokens,
  names: readonly string[],
  firstId: number,
): SpecialTokens {
  const all = new Map(specials);
  let id = firstId;
  for (const name of names) {
    if (!isSpecialName(name)) throw badName(name);
    if (!all.has(name)) all.set(name, id++);
  }
  return all;
}

/** A name that a token of the text has: its id would be two tokens'. */
export function spelledName(name: string): RangeError {
  return new RangeError(
    `specialTokens: expected names that are not ordinary tokens, got ${JSON.stringify(name)}`,
  );
}

function badName(name: string): RangeError {
  return new RangeError(
    `specialTokens: expected distinct, non-empty names without lone surrogates, got ${JSON.stringify(name)}`,
  );
}

/** Whether a name can stand for a special token: some text, without lone surrogates. */
export function isSpecialName(name: string): boolean {
  return name !== '' && detach(name) === name;
}
