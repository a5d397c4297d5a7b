import { complement, type Part, type Ranges, Rules } from './rules.js';

/**
 * Reads a grammar in llama.cpp's GBNF: rules `name ::= …` of texts, classes, groups, alternatives and repetitions.
 * The output is a text of the rule `root`.
 *
 * @throws RangeError that names the line of a mistake.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
 */
export function readGbnf(text: string, rules = new Rules()): Part {
  return new GbnfReader(text, rules).read();
}

const MAX_DEPTH = 100;
/** Maximum number of repetitions that a grammar may count, as in llama.cpp. */
const MAX_COUNT = 100_000;

const BLANK = /(?:[ \t\r\n]|#[^\n]*)+/uy;
const NAME = /[A-Za-z_][\w.-]*|\d[\w.-]*/uy;
const DEFINED = /::=/uy;
const QUANTIFIER = /[*+?]|\{\s*\d+\s*(?:,\s*\d*\s*)?\}/uy;
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([nrt"\\[\]^/-]))/uy;
const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

class GbnfReader {
  #at = 0;
  #depth = 0;
  readonly #used = new Map<string, number>();
  readonly #defined = new Set<string>();

  constructor(
    private readonly text: string,
    private readonly rules: Rules,
  ) {}

  read(): Part {
    this.#take(BLANK);
    while (this.#at < this.text.length) {
      const name = this.#take(NAME) ?? this.#fail('the name of a rule');
      this.#take(BLANK);
      if (this.#take(DEFINED) === undefined) this.#fail(`::= after ${name}`);
      this.#take(BLANK);
      if (this.#defined.has(name)) this.#fail(`one rule ${name}, got a second one`, false);
      this.#defined.add(name);
      this.rules.define(name, this.#choice());
      if (this.#at < this.text.length && !this.#isRuleNext()) this.#fail('a rule or a part of one');
    }
    if (!this.#defined.has('root')) this.#fail('a rule root; add root ::= …', false);
    for (const [name, at] of this.#used) {
      this.#at = at;
      if (!this.#defined.has(name))
        this.#fail(`a rule ${name}, which is used here; add ${name} ::= …`, false);
    }
    return this.rules.rule('root');
  }

  #choice(): Part {
    if (++this.#depth > MAX_DEPTH)
      this.#fail(`at most ${MAX_DEPTH} nested groups, got more`, false);
    const options = [this.#sequence()];
    while (this.text[this.#at] === '|') {
      this.#at++;
      this.#take(BLANK);
      options.push(this.#sequence());
    }
    this.#depth--;
    return this.rules.choice(options);
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.text.length && !'|)'.includes(this.text[this.#at])) {
      if (this.#isRuleNext()) break;
      const atom = this.#atom();
      this.#take(BLANK);
      let part = atom;
      for (let found = this.#take(QUANTIFIER); found; found = this.#take(QUANTIFIER)) {
        part = this.#repeat(part, found);
        this.#take(BLANK);
      }
      parts.push(part);
    }
    return this.rules.sequence(parts);
  }

  #repeat(part: Part, quantifier: string): Part {
    if (quantifier === '*') return this.rules.repeat(part, 0);
    if (quantifier === '+') return this.rules.repeat(part, 1);
    if (quantifier === '?') return this.rules.optional(part);
    const [low, high = low] = quantifier.slice(1, -1).split(',').map((each) => each.trim()); // prettier-ignore
    const [min, max] = [Number(low), high === '' ? Infinity : Number(high)];
    if (max < min || min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity)) {
      this.#fail(`counts up to ${MAX_COUNT} in order, got ${quantifier}`, false);
    }
    return this.rules.repeat(part, min, max);
  }

  #atom(): Part {
    const begin = this.#at;
    const first = this.text[begin];
    if (first === '"') return this.#literal();
    if (first === '[') return this.#class();
    if (first === '.') {
      this.#at++;
      return this.rules.characters(complement([]));
    }
    if (first === '(') {
      this.#at++;
      this.#take(BLANK);
      const inner = this.#choice();
      if (this.text[this.#at] !== ')') this.#fail('a closing parenthesis');
      this.#at++;
      return inner;
    }
    const name = this.#take(NAME) ?? this.#fail('a text, a class, a group or the name of a rule');
    if (!this.#used.has(name)) this.#used.set(name, begin);
    return this.rules.rule(name);
  }

  #literal(): Part {
    this.#at++;
    let text = '';
    while (this.text[this.#at] !== '"') text += String.fromCodePoint(this.#character());
    this.#at++;
    return this.rules.text(text);
  }

  #class(): Part {
    const isNegated = this.text[++this.#at] === '^';
    if (isNegated) this.#at++;
    const ranges: [number, number][] = [];
    while (this.text[this.#at] !== ']') {
      const from = this.#character();
      const isRange = this.text[this.#at] === '-' && this.text[this.#at + 1] !== ']';
      if (isRange) this.#at++;
      const to = isRange ? this.#character() : from;
      if (to < from) this.#fail('a class whose ranges ascend');
      ranges.push([from, to]);
    }
    this.#at++;
    const given: Ranges = isNegated ? complement(ranges) : ranges;
    return this.rules.characters(given);
  }

  /** Reads one character, or an escape such as `\n`, of a quoted text or a class. */
  #character(): number {
    if (this.text[this.#at] === '\\') {
      ESCAPE.lastIndex = this.#at;
      const [all, x, u, long, plain] = ESCAPE.exec(this.text) ?? this.#fail('a known escape');
      const code = plain ? undefined : Number.parseInt(x || u || long, 16);
      if (code !== undefined && code > 0x10ffff) this.#fail('a code point up to 10FFFF');
      this.#at += all.length;
      return code ?? (CONTROLS[plain] ?? plain).charCodeAt(0);
    }
    const code = this.text.codePointAt(this.#at) ?? this.#fail('its end');
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #isRuleNext(): boolean {
    const begin = this.#at;
    const isName = this.#take(NAME) !== undefined;
    this.#take(BLANK);
    const isRule = isName && this.#take(DEFINED) !== undefined;
    this.#at = begin;
    return isRule;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(expected: string, saysGot = true): never {
    const line = this.text.slice(0, this.#at).split('\n').length;
    const rest = JSON.stringify(this.text.slice(this.#at, this.#at + 10));
    const got = this.#at < this.text.length ? rest : 'the end';
    throw new RangeError(
      `grammar line ${line}: expected ${expected}${saysGot ? `, got ${got}` : ''}`,
    );
  }
}
