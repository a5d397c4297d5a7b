/**
 * A value in an untrusted JSON file. Each method checks the value's type. Its error names the file and the path, such
 * as `tokenizer.json: expected model.dropout to be null, got 0.1`.
 */
export class JsonField {
  readonly value: unknown;
  readonly #file: string;
  readonly #path: string;

  private constructor(file: string, path: string, value: unknown) {
    this.#file = file;
    this.#path = path;
    this.value = value;
  }

  /**
   * Parses a JSON file.
   *
   * @param file - Name of the file, for errors.
   * @throws RangeError if the text is not JSON, is nested too deeply, or is too large.
   */
  static parse(file: string, text: string): JsonField {
    checkSize(file, text);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      // The message of JSON.parse would quote the file, line breaks included.
      throw new RangeError(`${file}: expected JSON, got ${show(text)}`, { cause });
    }
    return new JsonField(file, '', value);
  }

  /**
   * Wraps a parsed JSON file.
   *
   * @param file - Name of the file, for errors.
   * @throws RangeError if it is nested too deeply.
   */
  static of(file: string, value: unknown): JsonField {
    if (isDeeperThan(MAX_DEPTH, value)) {
      throw tooDeep(file);
    }
    return new JsonField(file, '', value);
  }

  /** Name of the file. */
  get name(): string {
    return this.#file;
  }

  /** Returns a field of an object; its value is `undefined` if the object lacks it. */
  field(name: string): JsonField {
    const object = this.#object();
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    return new JsonField(this.#file, this.#path === '' ? name : `${this.#path}.${name}`, value);
  }

  /** Returns all fields of an object with arbitrary names, such as a vocabulary. */
  entries(): [name: string, field: JsonField][] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      new JsonField(this.#file, `${this.#path}[${show(name)}]`, value),
    ]);
  }

  /** Returns the value as an array of at most `max` items; `things` names the items in the error, such as `merges`. */
  array(max = Infinity, things = 'values'): readonly unknown[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.error('an array');
    if (value.length > max) throw this.error(`at most ${max} ${things}`);
    return value;
  }

  /** Returns the entries of an array of at most `max` items; `things` names the items in the error. */
  items(max?: number, things?: string): JsonField[] {
    return this.array(max, things).map((_, at) => this.item(at));
  }

  /** Returns an entry of an array. */
  item(at: number): JsonField {
    return new JsonField(this.#file, `${this.#path}[${at}]`, this.array()[at]);
  }

  /** Returns the value as a string of at most `max` characters. */
  string(max = Infinity): string {
    const { value } = this;
    if (typeof value !== 'string') throw this.error('a string');
    if (value.length > max) throw this.error(`at most ${max} characters`);
    return value;
  }

  /** Returns the value as a whole number below `limit`. */
  index(limit: number): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= limit) {
      throw this.error(`a whole number from 0 to ${limit - 1}`);
    }
    return value;
  }

  /**
   * Checks that the value is one of the known values. If `undefined` is one of them, the field is optional.
   */
  oneOf<const Known extends string | number | boolean | null | undefined>(
    ...known: readonly Known[]
  ): Known {
    const found = known.indexOf(this.value as Known); // -- compared by value, whatever it is
    if (found === -1) {
      throw this.error(
        known
          .filter((value) => value !== undefined)
          .map(show)
          .join(' or '),
      );
    }
    return known[found];
  }

  /** Returns a field as a boolean; `usual` if the object lacks it. */
  flag(name: string, usual: boolean): boolean {
    return this.field(name).oneOf(true, false, undefined) ?? usual;
  }

  error(expected: string): RangeError {
    const what = this.#path === '' ? expected : `${this.#path} to be ${expected}`;
    return new RangeError(`${this.#file}: expected ${what}, got ${show(this.value)}`);
  }

  #object(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.error('an object');
    }
    return value as Record<string, unknown>; // -- any object that JSON can hold
  }
}

/**
 * Checks the size of a file before it is parsed, because parsing takes far more memory than the text.
 *
 * @throws RangeError that names the file.
 */
function checkSize(file: string, text: string): void {
  const refuse = (what: string, most: number, got: number): RangeError =>
    new RangeError(`${file}: expected at most ${most} ${what}, got ${got}; use another tokenizer`);
  if (text.length > MAX_LENGTH) throw refuse('characters', MAX_LENGTH, text.length);
  let [depth, members, items] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = stringEnd(text, at);
        break;
      case OPEN_OBJECT:
        members++;
        if (++depth > MAX_DEPTH) throw tooDeep(file);
        break;
      case OPEN_ARRAY:
        items++;
        if (++depth > MAX_DEPTH) throw tooDeep(file);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth--;
        break;
      case COLON:
        members++;
        break;
      case COMMA:
        items++;
        break;
    }
  }
  if (members > MAX_MEMBERS) throw refuse('objects and fields', MAX_MEMBERS, members);
  if (items > MAX_ITEMS) throw refuse('arrays and values', MAX_ITEMS, items);
}

/** Returns the index of the quotation mark that ends a string, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at;
  }
  return text.length;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

function tooDeep(file: string): RangeError {
  return new RangeError(`${file}: expected JSON of at most ${MAX_DEPTH} levels, got more`);
}

/** Whether a value is nested more deeply than `levels`. The limit protects `show`, which recurses into every level. */
function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeperThan(levels - 1, item));
  for (const key in value) {
    if (isDeeperThan(levels - 1, (value as Record<string, unknown>)[key])) return true; // -- JSON
  }
  return false;
}

/** Formats a value on one short line. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

const MAX_SHOWN = 60;
const MAX_DEPTH = 100;
/**
 * Maximum length of a tokenizer.json in UTF-16 units. The largest published files, with 262,144 tokens and about as
 * many merges, are about a third as long.
 */
const MAX_LENGTH = 2 ** 26;
const MAX_MEMBERS = 2 ** 21;
const MAX_ITEMS = 2 ** 23;
