import type { TextExample } from '@ramble/language';

/**
 * A text without its last word, and that word with the white space before it: the question that
 * LAMBADA asks. White space at the end of the text does not count.
 *
 * @returns `undefined` for a part of a document that others follow.
 * @throws RangeError when the text has fewer than two words.
 * @see Paperno et al. 2016, https://arxiv.org/abs/1606.06031
 */
export function splitLastWord({
  text,
  endsDocument,
}: TextExample): { readonly prompt: string; readonly output: string } | undefined {
  if (!endsDocument) return undefined;
  const trimmed = text.trimEnd();
  const at = trimmed.search(/\s\S+$/);
  const prompt = trimmed.slice(0, Math.max(0, at));
  if (prompt.trim() === '') {
    throw new RangeError(`text: expected at least two words, got ${JSON.stringify(trimmed)}`);
  }
  return { prompt, output: trimmed.slice(at) };
}
