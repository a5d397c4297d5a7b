/**
 * A token's description for a field of JSON, which quotes what it holds: of `" the"` the text itself,
 * anything else as it is.
 */
export function unquoted(description: string): string {
  if (!/^".*"$/su.test(description)) return description;
  try {
    return String(JSON.parse(description.replace(LONG_ESCAPE, toCharacter)));
  } catch {
    return description; // quoted by other rules than JSON's
  }
}

/** A token whose word is to be a field of JSON. */
export function withPlainWord<T extends { readonly word: string }>(token: T): T {
  return { ...token, word: unquoted(token.word) };
}

/** What JSON has no escape for: `\\u{e0001}`. */
const LONG_ESCAPE = /(?<=[^\\](?:\\\\)*)\\u\{(?<digits>[0-9a-f]{5,6})\}/gu;

function toCharacter(_: string, digits: string): string {
  return String.fromCodePoint(Number.parseInt(digits, 16));
}
