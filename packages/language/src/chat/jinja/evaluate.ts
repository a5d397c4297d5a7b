import type { Budget } from './budget.js';
import { COMPARE } from './compare.js';
import { FILTERS } from './filters.js';
import { getAttribute, getItem } from './methods.js';
import { Callable, Dict, type Named, Slice, Tuple, Undefined } from './objects.js';
import { compute, signed, testsOf } from './operators.js';
import type { KnownNames } from './parse-expressions.js';
import type { FilterContext } from './sequence-filters.js';
import type { Arguments, Expression, FilterNode } from './syntax.js';
import {
  isList,
  isTrue,
  listOf,
  print,
  PythonError,
  PythonObject,
  typeOf,
  type Value,
} from './values.js';
import { globalsOf, Loop, type Scope } from './variables.js';

const FILTER_NAMES: ReadonlySet<string> = new Set(Object.keys(FILTERS));
const TESTS = testsOf(FILTER_NAMES);
/** Names of the filters and tests that a template may use. */
export const KNOWN: KnownNames = { filters: FILTER_NAMES, tests: new Set(Object.keys(TESTS)) };

/** Returns the number of characters or elements of a value, as the work of an operation that visits each one once. */
function extentOf(value: Value): number {
  if (typeof value === 'string' || isList(value)) return value.length;
  return value instanceof PythonObject ? (value.size ?? 1) : 1;
}

/** Evaluates the expressions of a template. */
export class Evaluator implements FilterContext {
  private readonly globals: ReadonlyMap<string, Value>;

  constructor(
    readonly budget: Budget,
    private readonly variables: Dict,
  ) {
    this.globals = globalsOf(budget);
  }

  protected lookUp(name: string, scope: Scope): Value {
    this.budget.work(scope.depth);
    for (const variables of [scope, this.variables, this.globals]) {
      const value = variables.get(name); // null is None
      if (value !== undefined) return value;
    }
    return new Undefined(`'${name}' is undefined`);
  }

  /** Joins the texts that statements have written. */
  join(output: readonly string[]): string {
    this.budget.work(output.length);
    this.budget.text(output.reduce((sum, text) => sum + text.length, 0));
    return output.join('');
  }

  protected call(callee: Value, positional: readonly Value[], named: Named): Value {
    if (callee instanceof Callable) return callee.call(positional, named);
    if (callee instanceof Loop) return callee.call(positional);
    if (callee instanceof Undefined) throw callee.error;
    throw new PythonError(`'${typeOf(callee)}' object is not callable`);
  }

  protected arguments(given: Arguments, scope: Scope): readonly [readonly Value[], Named] {
    const positional = given.positional.map((value) => this.evaluate(value, scope));
    if (given.spread) positional.push(...listOf(this.evaluate(given.spread, scope), this.budget));
    const named = new Map(
      given.named.map(([name, value]) => [name, this.evaluate(value, scope)] as const),
    );
    if (given.spreadNamed) {
      const more = this.evaluate(given.spreadNamed, scope);
      if (!(more instanceof Dict)) throw new PythonError('argument after ** must be a mapping');
      this.budget.objects(more.size);
      for (const [name, value] of more.entries()) {
        if (typeof name !== 'string') throw new PythonError('keywords must be strings');
        if (named.has(name)) throw new PythonError(`multiple values for argument '${name}'`);
        named.set(name, value);
      }
    }
    return [positional, named];
  }

  filter(name: string, value: Value, positional: readonly Value[], named: Named): Value {
    if (!Object.hasOwn(FILTERS, name)) throw new PythonError(`No filter named '${name}'.`);
    for (const each of [value, ...positional]) this.budget.work(extentOf(each));
    return FILTERS[name](this, value, positional, named);
  }

  test(name: string, value: Value, positional: readonly Value[], named: Named): boolean {
    if (!Object.hasOwn(TESTS, name)) throw new PythonError(`No test named '${name}'.`);
    return TESTS[name](value, positional, named, this.budget);
  }

  /**
   * Returns the result of a filter. Without an operand, as in a `{% filter %}` block, the operand is the block's text.
   */
  protected filterOf({ operand, name, given }: FilterNode, scope: Scope, text: string): Value {
    let value: Value = text;
    if (operand?.kind === 'filter') value = this.filterOf(operand, scope, text);
    else if (operand) value = this.evaluate(operand, scope);
    return this.filter(name, value, ...this.arguments(given, scope));
  }

  protected evaluate(node: Expression, scope: Scope): Value {
    this.budget.step();
    switch (node.kind) {
      case 'constant':
        return node.value;
      case 'name':
        return this.lookUp(node.name, scope);
      case 'attribute':
        return getAttribute(this.evaluate(node.object, scope), node.name, this.budget);
      case 'item':
        return getItem(
          this.evaluate(node.object, scope),
          this.evaluate(node.key, scope),
          this.budget,
        );
      case 'call': {
        const callee = this.evaluate(node.callee, scope);
        return this.call(callee, ...this.arguments(node.given, scope));
      }
      case 'filter':
        return this.filterOf(node, scope, '');
      case 'test': {
        const value = this.evaluate(node.operand, scope);
        return this.test(node.name, value, ...this.arguments(node.given, scope));
      }
      case 'condition':
        if (isTrue(this.evaluate(node.test, scope))) return this.evaluate(node.then, scope);
        return node.otherwise
          ? this.evaluate(node.otherwise, scope)
          : new Undefined('the inline if-expression evaluated to false and no else was defined.');
      default:
        return this.combine(node, scope);
    }
  }

  /** Returns the value of an expression with operands. */
  private combine(
    node: Exclude<
      Expression,
      {
        kind: 'constant' | 'name' | 'attribute' | 'item' | 'call' | 'filter' | 'test' | 'condition';
      }
    >,
    scope: Scope,
  ): Value {
    const { budget } = this;
    switch (node.kind) {
      case 'and':
      case 'or': {
        const left = this.evaluate(node.left, scope);
        return isTrue(left) === (node.kind === 'and') ? this.evaluate(node.right, scope) : left;
      }
      case 'not':
        return !isTrue(this.evaluate(node.operand, scope));
      case 'compare': {
        let left = this.evaluate(node.first, scope);
        return node.rest.every(([operator, operand]) => {
          const right = this.evaluate(operand, scope);
          const isRight = COMPARE[operator](left, right, budget);
          left = right;
          return isRight;
        });
      }
      case 'binary': {
        const left = this.evaluate(node.left, scope);
        return compute(node.operator, left, this.evaluate(node.right, scope), budget);
      }
      case 'sign':
        return signed(node.operator, this.evaluate(node.operand, scope));
      case 'join': {
        const parts = node.items.map((item) => print(this.evaluate(item, scope), budget));
        return this.join(parts);
      }
      case 'slice':
        return new Slice(node.parts.map((part) => part && this.evaluate(part, scope)));
      case 'dict': {
        budget.objects(2 + node.pairs.length);
        return new Dict(
          node.pairs.map(([key, value]) => [
            this.evaluate(key, scope),
            this.evaluate(value, scope),
          ]),
        );
      }
      default: {
        budget.objects(1);
        budget.elements(node.items.length);
        const items = node.items.map((item) => this.evaluate(item, scope));
        return node.kind === 'list' ? items : new Tuple(items);
      }
    }
  }
}
