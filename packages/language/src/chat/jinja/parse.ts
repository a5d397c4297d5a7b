import type {
  Arguments,
  BinaryOperator,
  CallNode,
  CompareOperator,
  Expression,
  MacroBody,
  Signature,
  Statement,
  Target,
} from './syntax.js';
import { type Token, tokenize, type TokenKind } from './tokens.js';

/** Names that a template may use; Jinja2 refuses others before it renders, unless a condition guards them. */
export interface KnownNames {
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

/**
 * Reads a template: Jinja2's language with the tags of chat templates, which are `break`, `continue` and
 * `generation`. Tags that need other files or escape HTML (`extends`, `include`, `import`, `block`,
 * `autoescape`) are refused.
 *
 * @throws SyntaxError for a template that is not right.
 */
export function parseTemplate(source: string, known: KnownNames): readonly Statement[] {
  return new Parser(tokenize(source), known).template();
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ...['true', 'True'].map((name) => [name, true] as const),
  ...['false', 'False'].map((name) => [name, false] as const),
  ...['none', 'None'].map((name) => [name, null] as const),
]);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const NO_ARGUMENTS: Arguments = { positional: [], named: [] };

class Parser {
  private at = 0;
  /** Names that the macros around have read, innermost last. */
  private readonly macroNames: Set<string>[] = [];
  private loops = 0;
  /** Whether an `if` guards what is parsed. */
  private isGuarded = false;
  /** Filters and tests that are unknown, and that no condition guards. */
  private readonly unknown: string[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    private readonly known: KnownNames,
  ) {}

  template(): readonly Statement[] {
    const body = this.statements([]);
    if (this.next.kind !== 'end') throw this.unexpected();
    if (this.unknown.length > 0) throw new SyntaxError(`No ${this.unknown[0]}.`);
    return body;
  }

  // Tokens

  private get next(): Token {
    return this.tokens[this.at];
  }

  private is(kind: TokenKind, text?: string, ahead = 0): boolean {
    const token = this.tokens.at(this.at + ahead);
    return token?.kind === kind && (text === undefined || token.text === text);
  }

  private skip(kind: TokenKind, text?: string): boolean {
    const isNext = this.is(kind, text);
    if (isNext) this.at++;
    return isNext;
  }

  private expect(kind: TokenKind, text?: string): string {
    if (!this.is(kind, text)) throw this.unexpected(text ?? kind);
    return this.tokens[this.at++].text;
  }

  private unexpected(expected?: string): SyntaxError {
    const { kind, text } = this.next;
    const got = text === '' ? kind.replace('_', ' of a ') : `'${text}'`;
    return new SyntaxError(`expected ${expected ?? 'something else'}, got ${got}`);
  }

  // Statements

  /** Reads statements up to one of the end tags, which stays unread. */
  private statements(ends: readonly string[]): readonly Statement[] {
    const body: Statement[] = [];
    for (;;) {
      if (this.is('data')) body.push({ kind: 'text', text: this.expect('data') });
      else if (this.skip('variable_begin')) {
        body.push({ kind: 'print', items: [this.tuple()] });
        this.expect('variable_end');
      } else if (this.is('block_begin')) {
        if (ends.some((end) => this.is('name', end, 1))) return body;
        this.at++;
        body.push(this.statement());
        this.expect('block_end');
      } else return body;
    }
  }

  /** The body of a tag: the statements before one of its end tags. */
  private body(...ends: readonly string[]): readonly Statement[] {
    this.skip('operator', ':');
    this.expect('block_end');
    const body = this.statements(ends);
    this.expect('block_begin');
    return body;
  }

  private closedBody(end: string): readonly Statement[] {
    const body = this.body(end);
    this.expect('name', end);
    return body;
  }

  private statement(): Statement {
    const name = this.expect('name');
    const read = Object.hasOwn(STATEMENTS, name) ? STATEMENTS[name] : undefined;
    if (!read) throw new SyntaxError(`the tag ${name} is unknown or not supported`);
    return read(this);
  }

  for(): Statement {
    const target = this.target();
    if (namesIn(target).includes('loop')) {
      throw new SyntaxError("Can't assign to special loop variable in for-loop target");
    }
    this.expect('name', 'in');
    const iterable = this.tuple(false, ['recursive']);
    const test = this.skip('name', 'if') ? this.expression() : undefined;
    const isRecursive = this.skip('name', 'recursive');
    const wasGuarded = this.isGuarded;
    this.isGuarded = false;
    this.loops++;
    const body = this.body('endfor', 'else');
    this.loops--;
    const otherwise = this.expect('name') === 'else' ? this.closedBody('endfor') : [];
    this.isGuarded = wasGuarded;
    return { kind: 'for', target, iterable, test, isRecursive, body, otherwise };
  }

  if(): Statement {
    const wasGuarded = this.isGuarded;
    this.isGuarded = true;
    const branches: { readonly test: Expression; readonly body: readonly Statement[] }[] = [];
    let otherwise: readonly Statement[] = [];
    for (let word = 'elif'; word === 'elif';) {
      branches.push({ test: this.tuple(false), body: this.body('elif', 'else', 'endif') });
      word = this.expect('name');
      if (word === 'else') otherwise = this.closedBody('endif');
    }
    this.isGuarded = wasGuarded;
    return { kind: 'if', branches, otherwise };
  }

  macro(): Statement {
    const name = this.expect('name');
    return { kind: 'macro', name, macro: this.macroBody(this.signature(), 'endmacro') };
  }

  call(): Statement {
    const signature = this.is('operator', '(') ? this.signature() : { names: [], defaults: [] };
    const call = this.expression();
    if (call.kind !== 'call') throw new SyntaxError('call: expected a call of a macro');
    return { kind: 'callBlock', call, macro: this.macroBody(signature, 'endcall') };
  }

  filter(): Statement {
    const filter = this.filters(undefined, true);
    if (!filter) throw this.unexpected('a filter');
    return { kind: 'filterBlock', filter, body: this.closedBody('endfilter') };
  }

  set(): Statement {
    const target = this.target(true);
    if (this.skip('operator', '=')) return { kind: 'set', target, value: this.tuple() };
    return { kind: 'setBlock', target, filter: this.filters(), body: this.closedBody('endset') };
  }

  with(): Statement {
    const targets: Target[] = [];
    const values: Expression[] = [];
    while (!this.is('block_end')) {
      if (targets.length > 0) this.expect('operator', ',');
      targets.push(this.target());
      this.expect('operator', '=');
      values.push(this.expression());
    }
    return { kind: 'with', targets, values, body: this.closedBody('endwith') };
  }

  print(): Statement {
    const items: Expression[] = [];
    while (!this.is('block_end')) {
      if (items.length > 0) this.expect('operator', ',');
      items.push(this.expression());
    }
    return { kind: 'print', items };
  }

  generation(): Statement {
    const loops = this.loops;
    this.loops = 0;
    const body = this.closedBody('endgeneration');
    this.loops = loops;
    return { kind: 'generation', body };
  }

  leave(kind: 'break' | 'continue'): Statement {
    if (this.loops === 0) throw new SyntaxError(`'${kind}' outside loop`);
    return { kind };
  }

  private macroBody(signature: Signature, end: string): MacroBody {
    const reads = new Set<string>();
    const { loops, isGuarded } = this;
    this.loops = 0;
    this.isGuarded = false;
    this.macroNames.push(reads);
    const body = this.closedBody(end);
    this.macroNames.pop();
    Object.assign(this, { loops, isGuarded });
    return { signature, body, reads };
  }

  private signature(): Signature {
    const names: string[] = [];
    const defaults: Expression[] = [];
    this.expect('operator', '(');
    while (!this.is('operator', ')')) {
      if (names.length > 0) this.expect('operator', ',');
      names.push(this.expect('name'));
      if (this.skip('operator', '=')) defaults.push(this.expression());
      else if (defaults.length > 0) {
        throw new SyntaxError('non-default argument follows default argument');
      }
    }
    this.expect('operator', ')');
    const caller = names.indexOf('caller');
    if (caller >= 0 && caller < names.length - defaults.length) {
      throw new SyntaxError(
        'When defining macros or call blocks the special "caller" argument must be omitted or be given a default.',
      );
    }
    return { names, defaults };
  }

  /** The targets of the assignment: names, or properties of namespaces if `set` allows them. */
  private target(hasProperties = false): Target {
    const items: Target[] = [];
    let isTuple = false;
    do {
      if (items.length > 0 && !this.is('name') && !this.is('operator', '(')) break;
      if (this.skip('operator', '(')) {
        items.push(this.target(hasProperties));
        this.expect('operator', ')');
        continue;
      }
      const name = this.expect('name');
      if (CONSTANTS.has(name)) throw new SyntaxError(`can't assign to ${name}`);
      if (hasProperties && this.skip('operator', '.')) {
        items.push({ kind: 'property', object: name, name: this.expect('name') });
      } else items.push({ kind: 'name', name });
    } while (this.is('operator', ',') && (isTuple = this.skip('operator', ',')));
    return isTuple ? { kind: 'tuple', items } : items[0];
  }

  // Expressions, from the loosest to the tightest

  /** An expression, or several with commas. */
  private tuple(
    hasConditions = true,
    ends: readonly string[] = [],
    isInBrackets = false,
  ): Expression {
    const items: Expression[] = [];
    let isTuple = false;
    const isEnd = (): boolean =>
      this.is('variable_end') ||
      this.is('block_end') ||
      this.is('operator', ')') ||
      ends.some((end) => this.is('name', end));
    while (!isEnd()) {
      items.push(hasConditions ? this.expression() : this.or());
      if (!this.skip('operator', ',')) break;
      isTuple = true;
    }
    if (!isTuple && items.length > 0) return items[0];
    if (!isTuple && !isInBrackets) throw this.unexpected('an expression');
    return { kind: 'tuple', items };
  }

  private expression(): Expression {
    const { length } = this.unknown;
    let then = this.or();
    while (this.skip('name', 'if')) {
      const test = this.or();
      const otherwise = this.skip('name', 'else') ? this.expression() : undefined;
      then = { kind: 'condition', test, then, otherwise };
      this.unknown.length = length; // they are guarded
    }
    return then;
  }

  private or(): Expression {
    let left = this.and();
    while (this.skip('name', 'or')) left = { kind: 'or', left, right: this.and() };
    return left;
  }

  private and(): Expression {
    let left = this.not();
    while (this.skip('name', 'and')) left = { kind: 'and', left, right: this.not() };
    return left;
  }

  private not(): Expression {
    return this.skip('name', 'not') ? { kind: 'not', operand: this.not() } : this.compare();
  }

  private compare(): Expression {
    const first = this.sum();
    const rest: (readonly [CompareOperator, Expression])[] = [];
    for (;;) {
      if (this.is('operator') && COMPARISONS.has(this.next.text)) {
        // as the set has it
        rest.push([this.expect('operator') as CompareOperator, this.sum()]);
      } else if (this.skip('name', 'in')) rest.push(['in', this.sum()]);
      else if (this.is('name', 'not') && this.is('name', 'in', 1)) {
        this.at += 2;
        rest.push(['not in', this.sum()]);
      } else return rest.length === 0 ? first : { kind: 'compare', first, rest };
    }
  }

  private sum(): Expression {
    return this.binary(['+', '-'], () => this.joined());
  }

  private joined(): Expression {
    const product = (): Expression => this.binary(['*', '/', '//', '%'], () => this.power());
    const items = [product()];
    while (this.skip('operator', '~')) items.push(product());
    return items.length === 1 ? items[0] : { kind: 'join', items };
  }

  private power(): Expression {
    return this.binary(['**'], () => this.sign());
  }

  private binary(operators: readonly BinaryOperator[], operand: () => Expression): Expression {
    let left = operand();
    for (;;) {
      const operator = operators.find((each) => this.is('operator', each));
      if (operator === undefined) return left;
      this.at++;
      left = { kind: 'binary', operator, left, right: operand() };
    }
  }

  private sign(takesFilters = true): Expression {
    const operator = (['-', '+'] as const).find((each) => this.is('operator', each));
    let node: Expression;
    if (operator === undefined) node = this.primary();
    else {
      this.at++;
      node = { kind: 'sign', operator, operand: this.sign(false) };
    }
    node = this.postfix(node);
    return takesFilters ? this.filtersAndTests(node) : node;
  }

  private primary(): Expression {
    const { kind, text } = this.next;
    if (kind === 'name') {
      this.at++;
      const constant = CONSTANTS.get(text);
      if (constant !== undefined) return { kind: 'constant', value: constant };
      for (const names of this.macroNames) names.add(text);
      return { kind: 'name', name: text };
    }
    if (kind === 'string') {
      let value = '';
      while (this.is('string')) value += this.expect('string');
      return { kind: 'constant', value };
    }
    if (kind === 'integer' || kind === 'float') {
      this.at++;
      return { kind: 'constant', value: kind === 'integer' ? BigInt(text) : Number(text) };
    }
    if (this.skip('operator', '(')) {
      const tuple = this.tuple(true, [], true);
      this.expect('operator', ')');
      return tuple;
    }
    if (this.skip('operator', '[')) return { kind: 'list', items: this.items(']') };
    if (this.skip('operator', '{')) return this.dict();
    throw this.unexpected('an expression');
  }

  private items(end: string): readonly Expression[] {
    const items: Expression[] = [];
    while (!this.skip('operator', end)) {
      if (items.length > 0) {
        this.expect('operator', ',');
        if (this.skip('operator', end)) break;
      }
      items.push(this.expression());
    }
    return items;
  }

  private dict(): Expression {
    const pairs: (readonly [Expression, Expression])[] = [];
    while (!this.skip('operator', '}')) {
      if (pairs.length > 0) {
        this.expect('operator', ',');
        if (this.skip('operator', '}')) break;
      }
      const key = this.expression();
      this.expect('operator', ':');
      pairs.push([key, this.expression()]);
    }
    return { kind: 'dict', pairs };
  }

  private postfix(first: Expression): Expression {
    let node = first;
    for (;;) {
      if (this.skip('operator', '.')) {
        if (this.is('integer')) {
          const value = BigInt(this.expect('integer'));
          node = { kind: 'item', object: node, key: { kind: 'constant', value } };
        } else node = { kind: 'attribute', object: node, name: this.expect('name') };
      } else if (this.skip('operator', '[')) {
        node = { kind: 'item', object: node, key: this.subscript() };
      } else if (this.is('operator', '(')) node = this.callOf(node);
      else return node;
    }
  }

  private callOf(callee: Expression): CallNode {
    return { kind: 'call', callee, given: this.arguments() };
  }

  private subscript(): Expression {
    const items: Expression[] = [];
    while (!this.skip('operator', ']')) {
      if (items.length > 0) this.expect('operator', ',');
      items.push(this.subscribed());
    }
    return items.length === 1 ? items[0] : { kind: 'tuple', items };
  }

  /** An index, or a slice. */
  private subscribed(): Expression {
    const isEnd = (): boolean => [':', ']', ','].some((text) => this.is('operator', text));
    const start = isEnd() ? undefined : this.expression();
    if (!this.skip('operator', ':')) {
      if (!start) throw this.unexpected('an expression');
      return start;
    }
    const stop = isEnd() ? undefined : this.expression();
    const step = this.skip('operator', ':') && !isEnd() ? this.expression() : undefined;
    return { kind: 'slice', parts: [start, stop, step] };
  }

  private filtersAndTests(first: Expression): Expression {
    let node = first;
    for (;;) {
      if (this.is('operator', '|')) node = this.filters(node) ?? node;
      else if (this.skip('name', 'is')) node = this.test(node);
      else if (this.is('operator', '(')) node = this.callOf(node);
      else return node;
    }
  }

  /** Filters one after the other; the first one without its `|` if it is the word of a block. */
  private filters(operand?: Expression, startsInline = false): Expression | undefined {
    let node = operand;
    for (let isInline = startsInline; isInline || this.skip('operator', '|'); isInline = false) {
      const name = this.dottedName();
      if (!this.isGuarded && !this.known.filters.has(name)) {
        this.unknown.push(`filter named '${name}'`);
      }
      const given = this.is('operator', '(') ? this.arguments() : NO_ARGUMENTS;
      node = { kind: 'filter', operand: node, name, given };
    }
    return node;
  }

  private test(operand: Expression): Expression {
    const isNegated = this.skip('name', 'not');
    const name = this.dottedName();
    if (!this.isGuarded && !this.known.tests.has(name)) this.unknown.push(`test named '${name}'`);
    let given = NO_ARGUMENTS;
    if (this.is('operator', '(')) given = this.arguments();
    else if (this.startsArgument()) {
      if (this.is('name', 'is')) throw new SyntaxError('You cannot chain multiple tests with is');
      given = { positional: [this.postfix(this.primary())], named: [] };
    }
    const test: Expression = { kind: 'test', operand, name, given };
    return isNegated ? { kind: 'not', operand: test } : test;
  }

  /** Whether a test's argument without parentheses follows. */
  private startsArgument(): boolean {
    if (this.is('name')) return !['else', 'or', 'and'].includes(this.next.text);
    return (
      ['string', 'integer', 'float'].includes(this.next.kind) ||
      this.is('operator', '[') ||
      this.is('operator', '{')
    );
  }

  private dottedName(): string {
    let name = this.expect('name');
    while (this.skip('operator', '.')) name += `.${this.expect('name')}`;
    return name;
  }

  private arguments(): Arguments {
    const positional: Expression[] = [];
    const named: (readonly [string, Expression])[] = [];
    const spread: { spread?: Expression; spreadNamed?: Expression } = {};
    const ensure = (isRight: boolean): void => {
      if (!isRight) throw new SyntaxError('invalid syntax for function call expression');
    };
    this.expect('operator', '(');
    for (let isFirst = true; !this.skip('operator', ')'); isFirst = false) {
      if (!isFirst) {
        this.expect('operator', ',');
        if (this.skip('operator', ')')) break;
      }
      if (this.skip('operator', '*')) {
        ensure(!spread.spread && !spread.spreadNamed);
        spread.spread = this.expression();
      } else if (this.skip('operator', '**')) {
        ensure(!spread.spreadNamed);
        spread.spreadNamed = this.expression();
      } else if (this.is('name') && this.is('operator', '=', 1)) {
        ensure(!spread.spreadNamed);
        const name = this.expect('name');
        this.at++;
        named.push([name, this.expression()]);
      } else {
        ensure(!spread.spread && !spread.spreadNamed && named.length === 0);
        positional.push(this.expression());
      }
    }
    return { positional, named, ...spread };
  }
}

/** Names that an assignment to a target sets. */
function namesIn(target: Target): readonly string[] {
  if (target.kind === 'tuple') return target.items.flatMap(namesIn);
  return target.kind === 'name' ? [target.name] : [];
}

/** Tags by their names. */
const STATEMENTS: Readonly<Record<string, (parser: Parser) => Statement>> = {
  for: (parser) => parser.for(),
  if: (parser) => parser.if(),
  macro: (parser) => parser.macro(),
  call: (parser) => parser.call(),
  filter: (parser) => parser.filter(),
  set: (parser) => parser.set(),
  with: (parser) => parser.with(),
  print: (parser) => parser.print(),
  generation: (parser) => parser.generation(),
  break: (parser) => parser.leave('break'),
  continue: (parser) => parser.leave('continue'),
};
