import { shownValue } from './shown-text.js';

/** An object from a JSON file, whose fields are unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses the text of a JSON object.
 *
 * @throws TypeError if the text is not a JSON object.
 */
export function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isObject(value)) throw new TypeError(`expected a JSON object, got ${shownJson(text)}`);
  return value;
}

/** Whether a value from JSON is an object, not a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Formats a value as indented JSON with a line break at its end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** Maximum depth of untrusted JSON. No file that ramble reads needs more than ten levels. */
export const MAX_JSON_DEPTH = 100;

/**
 * Parses JSON from an untrusted file. Recursive functions can safely walk through the result and write it.
 *
 * @throws TypeError `expected JSON, got …` if the text is not JSON, or is nested more deeply than
 *   `MAX_JSON_DEPTH`. The caller puts the name of the file in front.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the file, line breaks included.
    throw new TypeError(`expected JSON, got ${shownJson(text)}`, { cause });
  }
  if (isNestedDeeply(value)) {
    throw new TypeError(`expected JSON of at most ${MAX_JSON_DEPTH} levels, got more`);
  }
  return value;
}

/** Parses JSON as `parseJson` does; returns `undefined` for other text. */
export function tryParseJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Returns the beginning of a text that is not JSON, for a message. */
function shownJson(text: string): string {
  return text.trim() === '' ? 'nothing' : shownValue(text, 40);
}

/** Whether a parsed value is nested more deeply than `MAX_JSON_DEPTH`. Walks without recursion. */
export function isNestedDeeply(value: unknown): boolean {
  let level = [value].filter(isParent);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MAX_JSON_DEPTH) return true;
    level = level.flatMap((parent) => Object.values(parent).filter(isParent));
  }
  return false;
}

function isParent(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
