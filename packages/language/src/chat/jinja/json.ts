import { bind } from './arguments.js';
import type { Budget } from './budget.js';
import { sorted } from './compare.js';
import { Dict, itemsOf, type Named, Range } from './objects.js';
import { floatText, PythonError, typeOf, type Value } from './values.js';

/** Format of a JSON text. */
interface JsonForm {
  /** White space for each level of nesting; `undefined` to write a single line. */
  readonly indent: string | undefined;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly isAscii: boolean;
  readonly sortsKeys: boolean;
}

/** Implements the filter `tojson` of transformers, which is Python's `json.dumps`. */
export function toJson(
  value: Value,
  positional: readonly Value[],
  named: Named,
  budget: Budget,
): string {
  const names = ['ensure_ascii?', 'indent?', 'separators?', 'sort_keys?'];
  const [isAscii = false, given = null, separators, sortsKeys = false] = bind(
    ...(['tojson', names, positional, named] as const),
  );
  let indent: string | undefined;
  if (typeof given === 'string') indent = given;
  else if (typeof given === 'bigint' || typeof given === 'boolean') {
    const width = Math.max(Number(given), 0);
    budget.text(width);
    indent = ' '.repeat(width);
  } else if (given !== null) throw new PythonError('indent: expected a number of spaces or a text');
  const pair = itemsOf(separators ?? null) ?? [indent === undefined ? ', ' : ',', ': '];
  if (pair.length !== 2 || !pair.every((each) => typeof each === 'string')) {
    throw new PythonError('separators: expected two texts');
  }
  const [itemSeparator, keySeparator] = pair;
  const form = { indent, itemSeparator, keySeparator };
  return write(value, '\n', budget, {
    ...form,
    isAscii: Boolean(isAscii),
    sortsKeys: Boolean(sortsKeys),
  });
}

/**
 * Writes a value as JSON.
 *
 * @param line - Line break and indentation of the current level; not used for a single line.
 */
function write(value: Value, line: string, budget: Budget, form: JsonForm): string {
  budget.step();
  const items = value instanceof Range ? undefined : itemsOf(value);
  const inner = form.indent === undefined ? '' : line + form.indent;
  const around = (start: string, parts: readonly string[], end: string): string => {
    if (parts.length === 0) return start + end;
    const outer = form.indent === undefined ? '' : line;
    return `${start}${inner}${parts.join(form.itemSeparator + inner)}${outer}${end}`;
  };
  let text: string;
  if (items) {
    text = around(
      '[',
      items.map((item) => write(item, inner, budget, form)),
      ']',
    );
  } else if (value instanceof Dict) {
    const all = value.entries();
    const pairs = form.sortsKeys ? sorted(all, ([key]) => key, false, budget) : all;
    const parts = pairs.map(([key, item]) => {
      if (typeof key === 'string') budget.text(key.length);
      const name = writeText(typeof key === 'string' ? key : keyText(key), form);
      return name + form.keySeparator + write(item, inner, budget, form);
    });
    text = around('{', parts, '}');
  } else {
    if (typeof value === 'string') budget.work(value.length);
    text = typeof value === 'string' ? writeText(value, form) : atomText(value);
  }
  budget.text(text.length);
  return text;
}

function writeText(text: string, { isAscii }: JsonForm): string {
  const json = JSON.stringify(text);
  if (!isAscii) return json;
  return json.replace(/[\x7f-\uffff]/g, (unit) => {
    return unit === '\x7f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function keyText(key: Value): string {
  if (key === null || ['boolean', 'bigint', 'number'].includes(typeof key)) return atomText(key);
  throw new PythonError(`keys must be str, int, float, bool or None, not ${typeOf(key)}`);
}

function atomText(value: Value): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') {
    return String(value);
  }
  if (typeof value !== 'number') {
    throw new PythonError(`Object of type ${typeOf(value)} is not JSON serializable`);
  }
  if (Number.isFinite(value)) return floatText(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
