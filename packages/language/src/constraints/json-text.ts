import { FORMATS } from './check-schema.js';
import { JsonNumbers } from './json-numbers.js';
import { readRegex } from './regex.js';
import { complement, type Part, type Ranges, type Rules } from './rules.js';

const CONTROL: Ranges = [[0, 0x1f]];
const SPECIAL: Ranges = [...CONTROL, [0x22, 0x22], [0x5c, 0x5c]];

/** A grammar part that matches a property's name and value, and whether the property must occur. */
interface Member {
  readonly member: Part;
  readonly isRequired: boolean;
}

/** Makes grammar parts that match JSON. */
export class JsonText {
  /** Optional white space, allowed after a bracket, a comma or a colon. */
  readonly space: Part;
  readonly numbers: JsonNumbers;
  /** One character inside a JSON string, possibly escaped. */
  readonly character: Part;
  /** Parts returned by `#written`, by their ranges. */
  readonly #characters = new Map<string, Part>();

  /**
   * Creates the parts that all JSON texts share.
   *
   * @param isCompact - Whether there is no white space at all.
   */
  constructor(
    readonly rules: Rules,
    isCompact: boolean,
  ) {
    this.numbers = new JsonNumbers(rules);
    const blank = rules.choice([rules.text(' '), rules.text('\t')]);
    const indent = rules.sequence([
      rules.repeat(rules.text('\n'), 1, 2),
      rules.repeat(blank, 0, 20),
    ]);
    // With unlimited white space, small models write nothing else.
    this.space = isCompact ? rules.empty : rules.choice([rules.empty, rules.text(' '), indent]);
    const hex = this.#hex('0-9a-fA-F');
    const unit = rules.choice([
      rules.sequence([this.#hex('0-9a-cA-Ce-fE-F'), hex, hex, hex]),
      rules.sequence([this.#hex('dD'), this.#hex('0-7'), hex, hex]),
      rules.sequence([this.#hex('dD'), this.#hex('89abAB'), hex, hex, rules.text('\\u'), this.#hex('dD'), this.#hex('c-fC-F'), hex, hex]), // prettier-ignore
    ]);
    const escaped = Array.from('"\\/bfnrt', (each) => rules.text(each));
    this.character = rules.choice([
      rules.characters(complement(SPECIAL)),
      rules.sequence([
        rules.text('\\'),
        rules.choice([...escaped, rules.sequence([rules.text('u'), unit])]),
      ]),
    ]);
  }

  /** Returns the part that matches a string of `min` to `max` characters. */
  string(min = 0, max = Infinity): Part {
    const isAny = min === 0 && max === Infinity;
    const name = isAny ? 'a string' : `a string of ${min} to ${max}`;
    return this.#once(name, () => this.quoted(this.rules.repeat(this.character, min, max)));
  }

  /** Returns the part that matches a string in which a regular expression finds a match. */
  matching(source: string): Part {
    return this.#once(`a string like ${source}`, () => {
      const character = (ranges: Ranges): Part => this.#written(ranges);
      return this.quoted(readRegex(source, this.rules, { character, isSearch: true }));
    });
  }

  /** Returns the part that matches a string in one of {@link FORMATS}. */
  formatted(format: string): Part {
    return this.matching(`^${FORMATS[format]}$`);
  }

  quoted(part: Part): Part {
    const quote = this.rules.text('"');
    return this.rules.sequence([quote, part, quote]);
  }

  /**
   * Returns the part that matches any string except the given ones. As long as it begins like one of them, it has only
   * the escapes that JSON requires.
   */
  stringExcept(texts: readonly string[]): Part {
    const { rules } = this;
    if (texts.length === 0) return this.string();
    const any = rules.repeat(this.character, 0);
    const read = (rests: readonly string[]): Part => {
      if (rests.length === 0) return any;
      const byFirst = new Map<string, string[]>();
      for (const rest of rests) {
        const [first = ''] = rest;
        const after = rest.slice(first.length);
        const group = byFirst.get(first);
        if (group) group.push(after);
        else if (first !== '') byFirst.set(first, [after]);
      }
      const codes = Array.from(byFirst.keys(), (first) => first.codePointAt(0) ?? 0);
      const others = complement(codes.map((code) => [code, code] as const));
      return rules.choice([
        ...(rests.includes('') ? [] : [rules.empty]),
        rules.sequence([this.#written(others), any]),
        ...Array.from(byFirst, ([first, after]) =>
          rules.sequence([
            this.#written([[first.codePointAt(0) ?? 0, first.codePointAt(0) ?? 0]]),
            read(after),
          ]),
        ),
      ]);
    };
    return this.quoted(read(texts));
  }

  /** Returns the part that matches exactly one value, with optional white space. */
  constant(value: unknown): Part {
    const { rules } = this;
    if (Array.isArray(value)) {
      return this.list(
        '[',
        value.map((each: unknown) => this.constant(each)),
        ']',
      );
    }
    if (typeof value !== 'object' || value === null) return rules.text(JSON.stringify(value));
    const members = Object.entries(value).map(([name, each]) => this.member(rules.text(JSON.stringify(name)), this.constant(each))); // prettier-ignore
    return this.list('{', members, '}');
  }

  /** Returns the part that matches `parts` between brackets, separated by commas. */
  list(open: string, parts: readonly Part[], close: string): Part {
    const inner = parts.flatMap((part, at) => (at === 0 ? [part] : [this.comma(part)]));
    return this.bracketed(open, parts.length === 0 ? this.rules.nothing : this.rules.sequence(inner), close, parts.length === 0); // prettier-ignore
  }

  /**
   * Returns the part that matches `inner`, which is not empty, between brackets; if `canBeEmpty`, also the brackets
   * alone.
   */
  bracketed(open: string, inner: Part, close: string, canBeEmpty: boolean): Part {
    const { rules, space } = this;
    const full = rules.sequence([inner, space]);
    return rules.sequence([
      ...[rules.text(open), space],
      canBeEmpty ? rules.optional(full) : full,
      rules.text(close),
    ]);
  }

  /** Returns the part that matches a comma and `part`. */
  comma(part: Part): Part {
    return this.rules.sequence([this.rules.text(','), this.space, part]);
  }

  member(name: Part, value: Part): Part {
    return this.rules.sequence([name, this.rules.text(':'), this.space, value]);
  }

  /** Returns the part that matches any JSON value. */
  value(): Part {
    return this.#once('a value', () =>
      this.rules.choice([
        ...[this.string(), this.number(), this.object(), this.array()],
        ...['true', 'false', 'null'].map((each) => this.rules.text(each)),
      ]),
    );
  }

  number(): Part {
    return this.#once('a number', () => this.numbers.number());
  }

  /** Returns the part that matches any object. */
  object(): Part {
    return this.#once('an object', () => {
      const member = this.member(this.string(), this.value());
      const members = [member, this.rules.repeat(this.comma(member), 0)];
      return this.bracketed('{', this.rules.sequence(members), '}', true);
    });
  }

  /**
   * Returns the part that matches an object: its members in order, then any number of `extra` members.
   *
   * @param name - Unique prefix for the names of the rules that this adds.
   */
  objectOf(members: readonly Member[], extra: Part, name: string): Part {
    const { rules } = this;
    let first = rules.sequence([extra, rules.repeat(this.comma(extra), 0)]);
    let canEnd = true;
    // From the last member to the first: the members from it on, or from the next one if it is optional.
    for (const [at, { member, isRequired }] of [...members.entries()].reverse()) {
      const later = rules.define(`${name} from ${at + 1}`, first);
      const next = this.comma(later);
      const begun = rules.sequence([member, canEnd ? rules.optional(next) : next]);
      first = isRequired ? begun : rules.choice([begun, later]);
      canEnd &&= !isRequired;
    }
    return this.bracketed('{', first, '}', canEnd);
  }

  /** Returns the part that matches any array. */
  array(): Part {
    return this.#once('an array', () => {
      const items = [this.value(), this.rules.repeat(this.comma(this.value()), 0)];
      return this.bracketed('[', this.rules.sequence(items), ']', true);
    });
  }

  /** Returns the part that matches one of some code points inside a JSON string, escaped only if JSON requires it. */
  #written(ranges: Ranges): Part {
    const { rules } = this;
    const key = ranges.join(' ');
    const known = this.#characters.get(key);
    if (known) return known;
    const plain = complement([...complement(ranges), ...SPECIAL]);
    const special = SPECIAL.flatMap(([from, to]) => {
      const codes = Array.from({ length: to - from + 1 }, (_, at) => from + at);
      return codes.filter((code) => ranges.some(([low, high]) => code >= low && code <= high));
    });
    const escapes = special.map((code) => rules.text(JSON.stringify(String.fromCharCode(code)).slice(1, -1))); // prettier-ignore
    const part = rules.choice([rules.characters(plain), ...escapes]);
    this.#characters.set(key, part);
    return part;
  }

  #hex(characters: string): Part {
    return readRegex(`[${characters}]`, this.rules);
  }

  /** Returns the rule of a name, and makes its body when it is used first. */
  #once(name: string, make: () => Part): Part {
    if (this.rules.has(name)) return this.rules.rule(name);
    this.rules.define(name, this.rules.nothing); // a recursive call finds the name
    return this.rules.define(name, make());
  }
}
