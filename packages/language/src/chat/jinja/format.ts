import type { Budget } from './budget.js';
import { Dict, type Named, Tuple } from './objects.js';
import {
  characters,
  fixed,
  floatText,
  lengthOf,
  MAX_DIGITS,
  numberOf,
  print,
  PythonError,
  repr,
  typeOf,
  type Value,
} from './values.js';

/** Maximum number of characters that a field is padded to. */
const MAX_WIDTH = 100_000;

/** The format specification of a field, such as `>8.2f`, as parts. */
interface Field {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly isAlternate: boolean;
  readonly width: number;
  readonly separator: string;
  readonly precision: number | undefined;
  readonly kind: string;
}

/**
 * Counts the fields of a format string in the budget, because all fields are matched before the first is formatted.
 */
function countFields(template: string, sign: string, budget: Budget): void {
  budget.work(template.length);
  for (let at = template.indexOf(sign); at >= 0; at = template.indexOf(sign, at + 1)) {
    budget.objects(2);
  }
}

/** Formats a text as Python's `template % value` does; also implements the filter `format`. */
export function formatPercent(template: string, value: Value, budget: Budget): string {
  countFields(template, '%', budget);
  const values = value instanceof Tuple ? value.items : [value];
  let used = 0;
  const take = (): Value => {
    if (used >= values.length) throw new PythonError('not enough arguments for format string');
    return values[used++];
  };
  const size = (text: string): number =>
    text === '*' ? Number(numberOf(take()) ?? 0) : Number(text);
  const pattern = /%(?:\(([^)]{0,200})\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([^]|$)/g;
  const text = template.replace(pattern, (whole, ...found: (string | undefined)[]) => {
    const [name, flags = '', width = '0', precision, kind = ''] = found;
    if (kind === '%') return '%';
    const field: Field = {
      fill: flags.includes('0') && !flags.includes('-') && !'sra'.includes(kind) ? '0' : ' ',
      align: flags.includes('-') ? '<' : flags.includes('0') && !'sra'.includes(kind) ? '=' : '>',
      sign: flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '-',
      isAlternate: flags.includes('#'),
      width: size(width),
      separator: '',
      precision: precision === undefined ? undefined : size(precision || '0'),
      kind: kind === 'i' || kind === 'u' ? 'd' : kind,
    };
    let given: Value;
    if (name === undefined) given = take();
    else if (value instanceof Dict) {
      const item = value.get(name);
      if (item === undefined) throw new PythonError(`KeyError: '${name}'`);
      given = item;
    } else throw new PythonError('format requires a mapping');
    if (kind === 's') return pad(cut(print(given, budget), field, budget), field, budget);
    if (kind === 'r') return pad(cut(repr(given, budget), field, budget), field, budget);
    if (kind === '' || !'diouxXeEfFgG'.includes(kind)) {
      throw new PythonError(`unsupported format character in '${whole}'`);
    }
    const number = numberOf(given);
    if (number === undefined) throw new PythonError('%d format: a number is required');
    const isWhole = 'dxXo'.includes(field.kind) && typeof number === 'number';
    return formatNumber(isWhole ? BigInt(Math.trunc(number)) : number, field, budget);
  });
  if (used < values.length && !['dict', 'list', 'range', 'Undefined'].includes(typeOf(value))) {
    throw new PythonError('not all arguments converted during string formatting');
  }
  budget.text(text.length);
  return text;
}

/**
 * Formats a text as Python's `str.format` does. Fields may contain items and attributes, such as `{0.name}`, which
 * `read` looks up.
 */
export function formatBraces(
  template: string,
  positional: readonly Value[],
  named: Named,
  read: (value: Value, key: string, isItem: boolean) => Value,
  budget: Budget,
): string {
  countFields(template, '{', budget);
  let next = 0;
  const valueOf = (name: string): Value => {
    const [, first = '', path = ''] = /^([^.[]*)(.*)$/s.exec(name) ?? [];
    const at = first === '' ? next++ : /^\d+$/.test(first) ? Number(first) : undefined;
    let value = at === undefined ? named.get(first) : positional[at];
    if (value === undefined) throw new PythonError(`no value for the field {${name}}`);
    for (const [part, attribute, item] of path.matchAll(/\.([^.[]+)|\[([^\]]{1,200})\]/g)) {
      const isItem = part.startsWith('[');
      value = read(value, isItem ? item : attribute, isItem);
    }
    return value;
  };
  const pattern = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g;
  const text = template.replace(pattern, (whole, ...found: (string | undefined)[]) => {
    if (whole === '{{' || whole === '}}') return whole[0];
    const [name, conversion, spec = ''] = found;
    if (name === undefined) throw new PythonError(`Single '${whole}' encountered in format string`);
    const value = valueOf(name);
    const words = spec.replace(/\{([^{}]*)\}/g, (_, inner: string) =>
      print(valueOf(inner), budget),
    );
    if (conversion !== undefined) {
      const converted = conversion === 's' ? print(value, budget) : repr(value, budget);
      return formatValue(converted, words, budget);
    }
    return formatValue(value, words, budget);
  });
  budget.text(text.length);
  return text;
}

/** Formats a value by a specification such as `>8.2f`. */
function formatValue(value: Value, specification: string, budget: Budget): string {
  if (specification === '') return print(value, budget);
  const found = /^(?:([^])?([<>=^]))?([-+ ])?(#)?(0)?(\d*)([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(
    specification,
  ) as readonly (string | undefined)[] | null;
  const number = numberOf(value);
  if (!found || (number === undefined && typeof value !== 'string')) {
    throw new PythonError(`unsupported format of ${typeOf(value)}: ${specification}`);
  }
  const [, fill, align, sign, alternate, zero, width = '0', separator, precision, kind] = found;
  const isText = typeof value === 'string';
  const field: Field = {
    fill: fill ?? (zero === undefined ? ' ' : '0'),
    align: align ?? (isText ? '<' : zero === undefined ? '>' : '='),
    sign: sign ?? '-',
    isAlternate: alternate !== undefined,
    width: Number(width),
    separator: separator ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    kind: kind ?? (isText ? 's' : typeof number === 'number' ? '' : 'd'),
  };
  if (number === undefined || isText) {
    if (field.kind !== 's' || field.align === '=') {
      throw new PythonError(`unsupported format of str: ${specification}`);
    }
    return pad(cut(print(value, budget), field, budget), field, budget);
  }
  if (typeof number === 'number' && 'dxXobc'.includes(field.kind) && field.kind !== '') {
    throw new PythonError(`Unknown format code '${field.kind}' for object of type 'float'`);
  }
  return formatNumber(number, field, budget);
}

function cut(text: string, { precision }: Field, budget: Budget): string {
  if (precision === undefined) return text;
  const kept = characters(text, budget).slice(0, precision);
  return typeof kept === 'string' ? kept : kept.join('');
}

function formatNumber(value: bigint | number, field: Field, budget: Budget): string {
  const isNegative = value < 0 || Object.is(value, -0);
  const digits = digitsOf(typeof value === 'bigint' && value < 0n ? -value : value, field);
  budget.digits(digits.length);
  const bare = digits.replace(/^-/, '');
  const grouped = field.separator
    ? bare.replace(/^\d+/, (whole) => inThrees(whole, field.separator))
    : bare;
  const sign = isNegative ? '-' : field.sign === '-' ? '' : field.sign;
  const prefix = field.isAlternate
    ? ({ x: '0x', X: '0X', o: '0o', b: '0b' }[field.kind] ?? '')
    : '';
  if (field.align !== '=') return pad(sign + prefix + grouped, field, budget);
  const room = { ...field, align: '>', width: field.width - sign.length - prefix.length };
  return sign + prefix + pad(grouped, room, budget);
}

/** Groups digits by threes from their end. */
function inThrees(digits: string, separator: string): string {
  const whole = digits.padStart(3 * Math.ceil(digits.length / 3));
  return (whole.match(/.{3}/g) ?? []).join(separator).trimStart();
}

function digitsOf(value: bigint | number, { kind, precision, isAlternate }: Field): string {
  const radix = { x: 16, X: 16, o: 8, b: 2, d: 10 }[kind];
  if (radix !== undefined) {
    const digits = BigInt(value).toString(radix);
    return kind === 'X' ? digits.toUpperCase() : digits;
  }
  const number = Number(value);
  const lower = kind.toLowerCase();
  const decimals = precision ?? 6;
  if (decimals > MAX_DIGITS) throw new PythonError(`at most ${MAX_DIGITS} digits`);
  if (!Number.isFinite(number)) return floatText(Math.abs(number));
  const size = Math.abs(number);
  let digits: string;
  if (lower === 'f') digits = fixed(size, decimals);
  else if (kind === '%') digits = `${fixed(size * 100, decimals)}%`;
  else if (lower === 'e') digits = exponential(size, Math.min(decimals, 100));
  else if (lower === 'g' || kind === '') {
    if (kind === '' && precision === undefined) digits = floatText(size);
    else digits = general(size, Math.min(Math.max(decimals, 1), 100), isAlternate);
  } else throw new PythonError(`Unknown format code '${kind}'`);
  return kind === 'E' || kind === 'G' ? digits.toUpperCase() : digits;
}

function exponential(value: number, decimals: number): string {
  const [digits, exponent] = value.toExponential(decimals).split('e');
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function general(value: number, precision: number, keepsZeros: boolean): string {
  const power = Number(value.toExponential(precision - 1).split('e')[1]);
  const isPlain = power >= -4 && power < precision;
  const text = isPlain ? fixed(value, precision - 1 - power) : exponential(value, precision - 1);
  if (keepsZeros || !text.includes('.')) return text;
  return text.replace(/\.?0+(?=e|$)/, '');
}

/** Pads a text to the width of its field. */
function pad(text: string, { width, align, fill }: Field, budget: Budget): string {
  const room = width - lengthOf(text, budget);
  if (room <= 0) return text;
  if (width > MAX_WIDTH) throw new PythonError(`a field of at most ${MAX_WIDTH} characters`);
  budget.text(width);
  const left = align === '<' ? 0 : align === '^' ? Math.floor(room / 2) : room;
  return fill.repeat(left) + text + fill.repeat(room - left);
}
