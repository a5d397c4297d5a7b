import { type JsonField } from '../json-field.js';
import { huggingFace } from './library.js';

/**
 * Reads a `pattern` of a tokenizer.json: `{ "String": … }`, or `{ "Regex": … }` in Oniguruma's syntax,
 * which the library rewrites as JavaScript's.
 *
 * @returns a global expression.
 * @throws RangeError that names the field, when JavaScript has no such expression.
 */
export function readPattern(field: JsonField): RegExp {
  const [kind, source] =
    field.field('String').value === undefined
      ? (['Regex', field.field('Regex')] as const)
      : (['String', field.field('String')] as const);
  const pattern = { [kind]: source.string() };
  if (pattern.String === '') throw source.error('text to look for');
  try {
    // Whether its behavior is inverted decides only if the library puts the match in a group.
    return new huggingFace.SplitPreTokenizer({ pattern, invert: true }).pattern;
  } catch (cause) {
    throw Object.assign(source.error('an expression that JavaScript has'), { cause });
  }
}
