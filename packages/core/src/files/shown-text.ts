/** Maximum number of characters of a name or value in a message. */
const SHOWN_LENGTH = 60;

/**
 * Characters that a terminal interprets or does not show: control characters, marks of the direction of
 * writing, characters without a width, tags, and ends of lines and paragraphs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Formats a name or value from a file for a message: on one line, with hidden characters escaped and long
 * text cut. Only the shown part of a long text is processed.
 *
 * @param maxLength - Maximum number of UTF-16 units, counted before escaping.
 * @example
 * shownText('a\u202Eb'); // a\u202eb, in ASCII
 */
export function shownText(text: string, maxLength = SHOWN_LENGTH): string {
  const start = text.slice(0, maxLength);
  return `${start.replace(HIDDEN, escape)}${text.length > maxLength ? '…' : ''}`;
}

/**
 * Formats a value for a message: as JSON, cut and escaped as in `shownText`; `nothing` for `undefined`.
 *
 * @param value - From JSON, and nested no more deeply than `parseJson` allows.
 */
export function shownValue(value: unknown, maxLength = SHOWN_LENGTH): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value); // JSON has no word for infinity
  if (typeof value !== 'string') return shownText(JSON.stringify(value), maxLength);
  const start = JSON.stringify(value.slice(0, maxLength)).replace(HIDDEN, escape);
  return value.length > maxLength ? `${start.slice(0, -1)}…"` : start;
}

/** Escapes the hidden characters of a text, except line ends and tabs. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character === '\n' || character === '\t' ? character : escape(character),
  );
}

function escape(character: string): string {
  const short = SHORT[character] as string | undefined; // only three characters have one
  if (short !== undefined) return short;
  const hex = (character.codePointAt(0) ?? 0).toString(16); // a character has a code point
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

/**
 * Converts a token's description for a field of JSON, which adds its own quotes: `" the"` becomes the text
 * between its quotes, and any other description is unchanged.
 */
export function unquoted(description: string): string {
  if (!/^".*"$/su.test(description)) return description;
  try {
    return String(JSON.parse(description.replace(LONG_ESCAPE, toCharacter)));
  } catch {
    return description; // not quoted as in JSON
  }
}

/** Returns a token whose `word` has no quotes (`unquoted`), because JSON adds quotes itself. */
export function withPlainWord<T extends { readonly word: string }>(token: T): T {
  return { ...token, word: unquoted(token.word) };
}

/** Escapes that JSON does not have: `\\u{e0001}`. */
const LONG_ESCAPE = /(?<=[^\\](?:\\\\)*)\\u\{(?<digits>[0-9a-f]{5,6})\}/gu;

function toCharacter(_: string, digits: string): string {
  return String.fromCodePoint(Number.parseInt(digits, 16));
}

/**
 * Runs a check and puts the name of a file, or of a part of a file, in front of its error message.
 *
 * @throws what `check` throws: a RangeError or TypeError with the name in front.
 */
export function named<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) {
      throw new RangeError(`${name}: ${error.message}`, { cause: error });
    }
    if (error instanceof TypeError) {
      throw new TypeError(`${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Returns the message of a thrown value, which may be anything. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes a text for HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
