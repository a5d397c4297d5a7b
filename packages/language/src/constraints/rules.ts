/** A part of a grammar: an expression that matches byte strings. Equal parts are one object. */
export type Part = Kind & {
  readonly id: number;
  /** Lower bound of the number of bytes that the part matches; 0 for a rule. */
  readonly length: number;
};

type Kind =
  | { readonly kind: 'bytes'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly parts: readonly Part[] }
  | { readonly kind: 'choice'; readonly options: readonly Part[] }
  | {
      readonly kind: 'repeat';
      readonly body: Part;
      readonly min: number;
      /** Maximum number of repetitions, at least 1; Infinity for no limit. */
      readonly max: number;
    }
  | { readonly kind: 'rule'; readonly name: string };

/** A set of bytes: 256 bits in 8 words. */
export type ByteSet = Uint32Array;

/** Inclusive ranges of numbers, such as code points. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** Maximum number of different parts of a grammar, more than any in use has; they compile in less than a second. */
const MAX_PARTS = 50_000;
/**
 * Maximum total number of parts of sequences and of options of choices in a grammar, which limits the time to compile
 * it.
 */
const MAX_SIZE = 1_000_000;
/** A choice with more options than this is rewritten to match common beginnings only once. */
const MANY_OPTIONS = 16;

/**
 * A grammar of bytes while it is built: parts, and rules by name, which may refer to one another. Every front end
 * (JSON Schema, regular expressions, GBNF) writes its language as these rules.
 */
export class Rules {
  readonly #parts = new Map<string, Part>();
  readonly #bodies = new Map<string, Part>();
  #size = 0;
  /** Whether the grammar is complete. Parts made later, to count repetitions in a text, are not limited. */
  isChecked = false;
  /** Part that matches the empty text. */
  readonly empty: Part = this.#part('()', { kind: 'sequence', parts: [] });
  /** Part that matches no text. */
  readonly nothing: Part = this.#part('(|)', { kind: 'choice', options: [] });

  /** Returns the part that matches one byte of a set. */
  bytes(set: ByteSet): Part {
    if (set.every((word) => word === 0)) return this.nothing;
    return this.#part(`[${set.join()}]`, { kind: 'bytes', set });
  }

  readonly #bytes = new Map<number, Part>();
  /** Unicode properties, such as `p{L}`, that the regular expressions use. */
  readonly properties = new Set<string>();

  /** Returns the part that matches one byte of a range. */
  range(from: number, to: number): Part {
    const known = from === to ? this.#bytes.get(from) : undefined;
    if (known) return known;
    const set = new Uint32Array(8);
    for (let byte = from; byte <= to; byte++) set[byte >> 5] |= 1 << (byte & 31);
    const part = this.bytes(set);
    if (from === to) this.#bytes.set(from, part);
    return part;
  }

  /** Returns the part that matches a fixed text. */
  text(text: string): Part {
    return this.sequence(
      Array.from(new TextEncoder().encode(text), (byte) => this.range(byte, byte)),
    );
  }

  /** Returns the part that matches one of some different texts. Common beginnings are matched once. */
  texts(given: readonly string[]): Part {
    if (given.length === 1) return this.text(given[0]);
    const groups = new Map<number | undefined, string[]>();
    for (const text of given) {
      const first = text.codePointAt(0);
      const group = groups.get(first);
      if (group) group.push(text);
      else groups.set(first, [text]);
    }
    const options = Array.from(groups.values(), (group) => {
      const begin = commonBeginning(group);
      const rests = group.map((text) => text.slice(begin.length));
      return this.sequence([this.text(begin), this.texts(rests)]);
    });
    return this.choice(options);
  }

  sequence(given: readonly Part[]): Part {
    const parts = given.flatMap((part) => (part.kind === 'sequence' ? part.parts : [part]));
    if (parts.includes(this.nothing)) return this.nothing;
    if (parts.length === 1) return parts[0];
    return this.#part(`(${idsOf(parts)})`, { kind: 'sequence', parts });
  }

  choice(given: readonly Part[]): Part {
    const flat = given.flatMap((part) => (part.kind === 'choice' ? part.options : [part])); // nothing has no options
    const different = [...new Set(flat)];
    const options = different.length > MANY_OPTIONS ? this.#joined(different) : different;
    if (options.length === 1) return options[0];
    return this.#part(`(|${idsOf(options)})`, { kind: 'choice', options });
  }

  /** Merges options that begin with the same part, so that this part is matched only once. */
  #joined(options: readonly Part[]): readonly Part[] {
    const groups = new Map<Part, (readonly Part[])[]>();
    for (const option of options) {
      const parts = option.kind === 'sequence' ? option.parts : [option];
      const [first = option] = parts;
      const group = groups.get(first);
      if (group) group.push(parts);
      else groups.set(first, [parts]);
    }
    return Array.from(groups.values(), (group) => {
      const [parts, ...others] = group;
      if (others.length === 0) return this.sequence(parts);
      let common = 1;
      while (common < parts.length && others.every((each) => each[common] === parts[common])) {
        common++;
      }
      const rests = group.map((each) => this.sequence(each.slice(common)));
      return this.sequence([...parts.slice(0, common), this.choice(rests)]);
    });
  }

  optional(part: Part): Part {
    return this.choice([part, this.empty]);
  }

  repeat(body: Part, min: number, max = Infinity): Part {
    if (max < min) return this.nothing;
    if (max === 0 || body === this.empty) return this.empty;
    if (min === 1 && max === 1) return body;
    return this.#part(`${body.id}{${min},${max}}`, { kind: 'repeat', body, min, max });
  }

  /** Returns a reference to a rule, which may be defined later. */
  rule(name: string): Part {
    return this.#part(name, { kind: 'rule', name });
  }

  /** Defines a rule, and returns a reference to it. */
  define(name: string, body: Part): Part {
    this.#bodies.set(name, body);
    return this.rule(name);
  }

  has(name: string): boolean {
    return this.#bodies.has(name);
  }

  /** Returns the body of a rule; the part `nothing` if it is not defined. */
  bodyOf(name: string): Part {
    return this.#bodies.get(name) ?? this.nothing;
  }

  get names(): readonly string[] {
    return [...this.#bodies.keys()];
  }

  /** Returns the part that matches one character in some ranges of code points, as UTF-8 bytes. */
  characters(ranges: Ranges): Part {
    return this.choice(ranges.flatMap(([from, to]) => this.#utf8(from, to)));
  }

  /** Returns parts that match a range of code points. It is split where the UTF-8 length changes, and at surrogates. */
  #utf8(from: number, to: number): Part[] {
    const limits = [0x7f, 0x7ff, 0xd7ff, 0xdfff, 0xffff, 0x10ffff];
    const parts: Part[] = [];
    let start = from;
    for (const limit of limits) {
      const end = Math.min(to, limit);
      if (start > end) continue;
      if (limit !== 0xdfff) parts.push(this.between(bytesOf(start), bytesOf(end), [0x80, 0xbf]));
      start = end + 1;
    }
    return parts;
  }

  /**
   * Returns the part that matches the byte strings between two of the same length, in lexicographic order.
   *
   * @param inner - Lowest and highest allowed value of each byte after the first.
   */
  between(from: readonly number[], to: readonly number[], inner: readonly [number, number]): Part {
    const [first, ...low] = from;
    const [last, ...high] = to;
    if (low.length === 0) return this.range(first, last);
    const lowest = low.map(() => inner[0]);
    const highest = low.map(() => inner[1]);
    const begin = (byte: number, a: readonly number[], b: readonly number[]): Part =>
      this.sequence([this.range(byte, byte), this.between(a, b, inner)]);
    if (first === last) return begin(first, low, high);
    const isLowest = low.every((byte) => byte === inner[0]);
    const isHighest = high.every((byte) => byte === inner[1]);
    const [full, end] = [isLowest ? first : first + 1, isHighest ? last : last - 1];
    return this.choice([
      ...(isLowest ? [] : [begin(first, low, highest)]),
      this.sequence([this.range(full, end), this.between(lowest, highest, inner)]),
      ...(isHighest ? [] : [begin(last, lowest, high)]),
    ]);
  }

  #part(key: string, described: Kind): Part {
    const known = this.#parts.get(key);
    if (known) return known;
    if (described.kind === 'sequence') this.#size += described.parts.length;
    if (described.kind === 'choice') this.#size += described.options.length;
    if (!this.isChecked && (this.#parts.size === MAX_PARTS || this.#size > MAX_SIZE)) {
      throw new RangeError(
        `constraint: expected at most ${MAX_PARTS} parts and texts of ${MAX_SIZE} bytes, got more; simplify it`,
      );
    }
    const part = { ...described, id: this.#parts.size, length: lengthOf(described) };
    this.#parts.set(key, part);
    return part;
  }
}

function lengthOf(part: Kind): number {
  if (part.kind === 'bytes') return 1;
  if (part.kind === 'sequence') return part.parts.reduce((sum, { length }) => sum + length, 0);
  if (part.kind === 'repeat') return part.min === 0 ? 0 : part.min * part.body.length;
  if (part.kind === 'rule') return 0;
  return part.options.reduce((least, { length }) => Math.min(least, length), Infinity);
}

/** Returns the longest common beginning of some texts, without half of a surrogate pair at its end. */
function commonBeginning([text, ...others]: readonly string[]): string {
  let length = text.length;
  for (const other of others) {
    length = Math.min(length, other.length);
    for (let at = 0; at < length; at++) if (other[at] !== text[at]) length = at;
  }
  return text.slice(0, length).replace(/(?<=.)[\ud800-\udbff]$/s, '');
}

const idsOf = (parts: readonly Part[]): string => parts.map(({ id }) => id).join(' ');
const bytesOf = (codePoint: number): readonly number[] => [
  ...new TextEncoder().encode(String.fromCodePoint(codePoint)),
];

/** Returns all code points outside some ranges, except surrogates. */
export function complement(ranges: Ranges): Ranges {
  const sorted = [...ranges, [0xd800, 0xdfff] as const].sort(([a], [b]) => a - b);
  const others: [number, number][] = [];
  let start = 0;
  for (const [from, to] of [...sorted, [0x110000, 0x110000] as const]) {
    if (start < from) others.push([start, from - 1]);
    start = Math.max(start, to + 1);
  }
  return others;
}
