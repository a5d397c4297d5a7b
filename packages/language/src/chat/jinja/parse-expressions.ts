import type { Arguments, BinaryOperator, CallNode, CompareOperator, Expression } from './syntax.js';
import { type Token, TokenReader } from './tokens.js';

/**
 * Names of the filters and tests that a template may use. Jinja2 rejects other names before it renders, unless a
 * condition guards them.
 */
export interface KnownNames {
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

export const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ...['true', 'True'].map((name) => [name, true] as const),
  ...['false', 'False'].map((name) => [name, false] as const),
  ...['none', 'None'].map((name) => [name, null] as const),
]);
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const NO_ARGUMENTS: Arguments = { positional: [], named: [] };

/** Parses expressions, from the operators of lowest precedence to the highest. */
export class ExpressionParser extends TokenReader {
  /** Names that the body of each enclosing macro has read so far, the innermost macro last. */
  protected readonly macroNames: Set<string>[] = [];
  /** Whether an `if` guards the parsed expression. */
  protected isGuarded = false;
  /** Unknown filters and tests that no condition guards. */
  protected readonly unknown: string[] = [];

  constructor(
    tokens: readonly Token[],
    private readonly known: KnownNames,
  ) {
    super(tokens);
  }

  /** Reads an expression, or several separated by commas. */
  protected tuple(
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

  protected expression(): Expression {
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
    return this.logical('or', () => this.logical('and', () => this.not()));
  }

  private logical(kind: 'and' | 'or', operand: () => Expression): Expression {
    let left = operand();
    while (this.skip('name', kind)) left = { kind, left, right: operand() };
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
        // with the type of the set
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
    this.listed(end, () => items.push(this.expression()));
    return items;
  }

  private dict(): Expression {
    const pairs: (readonly [Expression, Expression])[] = [];
    this.listed('}', () => {
      const key = this.expression();
      this.expect('operator', ':');
      pairs.push([key, this.expression()]);
    });
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
    const isEnd = (): boolean => this.skip('operator', ']');
    this.separated(isEnd, () => items.push(this.subscribed()));
    return items.length === 1 ? items[0] : { kind: 'tuple', items };
  }

  /** Reads an index or a slice. */
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

  /** Reads a chain of filters. With `startsInline`, the first filter has no `|` before it, as in a `filter` block. */
  protected filters(operand?: Expression, startsInline = false): Expression | undefined {
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
    this.listed(')', () => {
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
    });
    return { positional, named, ...spread };
  }
}
