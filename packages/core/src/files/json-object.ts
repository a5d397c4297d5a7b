import { parseJson, shownJson } from './parse-json.js';

/** An object from a JSON file, whose fields are unknown. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses the text of a JSON object.
 *
 * @throws TypeError when the text holds no JSON object.
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

/** A value as JSON, indented, with a line break at its end, as people like to read it. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
