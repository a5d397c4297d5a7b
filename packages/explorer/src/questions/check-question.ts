import { shownText, shownValue } from '@ramble/core/files';
import type { z } from 'zod';

/**
 * Checks a JSON question by its schema, whose messages name the expected values.
 *
 * @throws TypeError for a value of another kind or an unknown field, RangeError for one out of range; both
 *   begin with the path of the field: `prompt.tokens[3]: expected …, got …`.
 */
export function checkQuestion<Question>(schema: z.ZodType<Question>, given: unknown): Question {
  const checked = schema.safeParse(given);
  if (checked.success) return checked.data;
  throw errorOf(checked.error.issues[0], given);
}

function errorOf(issue: z.core.$ZodIssue, given: unknown): Error {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0]];
    return new TypeError(
      `${pathOf(path)}: expected no such field, got ${shownValue(at(given, path))}`,
    );
  }
  const value = at(given, issue.path);
  const field = issue.path.length > 0 ? pathOf(issue.path) : 'question';
  const message = `${field}: expected ${issue.message}, got ${shownValue(value)}`;
  return issue.code === 'invalid_type' ? new TypeError(message) : new RangeError(message);
}

type Fields = Readonly<Record<PropertyKey, unknown>>;

/** Returns the value at a path of the schema. */
function at(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Fields)[key], given);
}

/** Formats a path as in JavaScript: `prompt.tokens[3]`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      return `${i > 0 ? '.' : ''}${shownText(String(key))}`;
    })
    .join('');
}
