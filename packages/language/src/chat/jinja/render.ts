import { Budget } from './budget.js';
import { FILTERS, type FilterContext } from './filters.js';
import { formatTime } from './format.js';
import { getAttribute, getItem, Slice } from './methods.js';
import { compute, holds, signed } from './operators.js';
import { parseTemplate } from './parse.js';
import type {
  Arguments,
  Expression,
  FilterNode,
  ForNode,
  MacroBody,
  Signature,
  Statement,
  Target,
} from './syntax.js';
import { testsOf } from './tests.js';
import { intOf } from './arguments.js';
import {
  Callable,
  Dict,
  equals,
  isList,
  isTrue,
  listOf,
  type Named,
  Namespace,
  print,
  PythonError,
  PythonObject,
  Range,
  Tuple,
  typeOf,
  Undefined,
  type Value,
} from './values.js';

const FILTER_NAMES: ReadonlySet<string> = new Set(Object.keys(FILTERS));
const TESTS = testsOf(FILTER_NAMES);
const KNOWN = { filters: FILTER_NAMES, tests: new Set(Object.keys(TESTS)) };

/**
 * Compiles a template of Jinja2 in transformers' environment: sandboxed, with `trim_blocks`, `lstrip_blocks`, loop
 * controls and the functions of chat templates.
 *
 * @returns the text of the template with variables.
 * @throws SyntaxError for a template that is not right. What is returned throws PythonError for what Python would
 *   refuse, and BudgetError for a template that takes more time or memory than any needs.
 */
export function compileTemplate(source: string): (variables: Dict) => string {
  const body = parseTemplate(source, KNOWN);
  return (variables) => {
    const budget = new Budget(measure(variables));
    const renderer = new Renderer(budget, variables);
    const output: string[] = [];
    renderer.run(body, new Scope(undefined), output);
    return renderer.join(output);
  };
}

/** Number of the values and of their characters. */
function measure(value: Value): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value instanceof Dict) return measure(value.entries().map(([, item]) => item));
  return isList(value) ? value.reduce((sum: number, item) => sum + measure(item), 1) : 1;
}

/** Number of characters or elements that an operation on a value reads at most once. */
function extentOf(value: Value): number {
  if (typeof value === 'string' || isList(value)) return value.length;
  return value instanceof PythonObject ? (value.size ?? 1) : 1;
}

/** Variables of a scope, which sees those around it. */
class Scope {
  private readonly variables = new Map<string, Value>();

  /** Number of scopes around it. */
  readonly depth: number;

  constructor(private readonly outer: Scope | undefined) {
    this.depth = outer ? outer.depth + 1 : 0;
  }

  get(name: string): Value | undefined {
    let scope: Scope | undefined = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the innermost one
    for (; scope; scope = scope.outer) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.variables.set(name, value);
  }
}

/** The way in which statements ended: at their end, or with `break` or `continue`. */
type Ending = 'break' | 'continue' | undefined;

class Renderer implements FilterContext {
  private readonly globals: ReadonlyMap<string, Value>;

  constructor(
    readonly budget: Budget,
    private readonly variables: Dict,
  ) {
    this.globals = globalsOf(budget);
  }

  /** Runs statements, whose text goes to `output`. */
  run(statements: readonly Statement[], scope: Scope, output: string[]): Ending {
    for (const statement of statements) {
      this.budget.step();
      const ending = this.execute(statement, scope, output);
      if (ending !== undefined) return ending;
    }
    return undefined;
  }

  private execute(statement: Statement, scope: Scope, output: string[]): Ending {
    switch (statement.kind) {
      case 'text':
        this.write(statement.text, output);
        return undefined;
      case 'print':
        for (const item of statement.items) {
          this.write(print(this.evaluate(item, scope), this.budget), output);
        }
        return undefined;
      case 'if': {
        const branch = statement.branches.find(({ test }) => isTrue(this.evaluate(test, scope)));
        return this.run(branch?.body ?? statement.otherwise, scope, output);
      }
      case 'for':
        return this.loop(statement, scope, output);
      case 'set':
        this.assign(statement.target, this.evaluate(statement.value, scope), scope);
        return undefined;
      case 'setBlock':
      case 'filterBlock':
        return this.runBlock(statement, scope, output);
      case 'with': {
        const inner = new Scope(scope);
        const values = statement.values.map((value) => this.evaluate(value, scope));
        statement.targets.forEach((target, i) => this.assign(target, values[i], inner));
        return this.run(statement.body, inner, output);
      }
      case 'generation':
        return this.run(statement.body, new Scope(scope), output);
      case 'macro':
        scope.set(statement.name, this.macro(statement.name, statement.macro, scope));
        return undefined;
      case 'callBlock': {
        const caller = this.macro('caller', statement.macro, scope);
        const { callee, given } = statement.call;
        const [positional, named] = this.arguments(given, scope);
        const all = new Map([...named, ['caller', caller] as const]);
        const result = this.call(this.evaluate(callee, scope), positional, all);
        this.write(print(result, this.budget), output);
        return undefined;
      }
      default:
        return statement.kind;
    }
  }

  private write(text: string, output: string[]): void {
    this.budget.text(text.length);
    output.push(text);
  }

  /** The text of what statements have written. */
  join(output: readonly string[]): string {
    this.budget.work(output.length);
    this.budget.text(output.reduce((sum, text) => sum + text.length, 0));
    return output.join('');
  }

  /** The text of a block, which is assigned or filtered. */
  private runBlock(
    statement: Extract<Statement, { kind: 'setBlock' | 'filterBlock' }>,
    scope: Scope,
    output: string[],
  ): Ending {
    const inner: string[] = [];
    const ending = this.run(statement.body, new Scope(scope), inner);
    if (ending !== undefined) return ending;
    const text = this.join(inner);
    const { filter } = statement;
    const value = filter?.kind === 'filter' ? this.filterOf(filter, scope, text) : text;
    if (statement.kind === 'setBlock') this.assign(statement.target, value, scope);
    else this.write(print(value, this.budget), output);
    return undefined;
  }

  private assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === 'name') scope.set(target.name, value);
    else if (target.kind === 'property') {
      const object = this.lookUp(target.object, scope);
      if (!(object instanceof Namespace)) {
        throw new PythonError('cannot assign attribute on non-namespace object');
      }
      object.put(target.name, value);
    } else {
      const values = listOf(value, this.budget);
      const { length } = target.items;
      if (values.length !== length) {
        throw new PythonError(`expected ${length} values to unpack, got ${values.length}`);
      }
      target.items.forEach((item, i) => this.assign(item, values[i], scope));
    }
  }

  private lookUp(name: string, scope: Scope): Value {
    this.budget.work(scope.depth);
    for (const variables of [scope, this.variables, this.globals]) {
      const value = variables.get(name); // null is None
      if (value !== undefined) return value;
    }
    return new Undefined(`'${name}' is undefined`);
  }

  // Loops

  private loop(node: ForNode, scope: Scope, output: string[]): Ending {
    this.iterate(node, this.evaluate(node.iterable, scope), scope, output, 0);
    return undefined;
  }

  private iterate(
    node: ForNode,
    iterable: Value,
    scope: Scope,
    output: string[],
    depth: number,
  ): void {
    const items = this.loopItems(node, iterable, scope);
    const recurse = node.isRecursive
      ? (children: Value): Value => {
          const inner: string[] = [];
          this.iterate(node, children, scope, inner, depth + 1);
          return this.join(inner);
        }
      : undefined;
    const loop = new Loop(items, depth, this.budget, recurse);
    // As Jinja2 has it: an iteration that break or continue ends does not count for else.
    let hasRun = false;
    for (const item of items) {
      this.budget.step();
      loop.index++;
      const inner = new Scope(scope);
      inner.set('loop', loop);
      this.assign(node.target, item, inner);
      const ending = this.run(node.body, inner, output);
      if (ending === 'break') break;
      if (ending === undefined) hasRun = true;
    }
    if (!hasRun) this.run(node.otherwise, new Scope(scope), output);
  }

  /** The items of a loop, for which its `if` holds. */
  private loopItems(node: ForNode, iterable: Value, scope: Scope): readonly Value[] {
    const items = listOf(iterable, this.budget);
    const { test } = node;
    if (!test) return items;
    return items.filter((item) => {
      const inner = new Scope(scope);
      this.assign(node.target, item, inner);
      return isTrue(this.evaluate(test, inner));
    });
  }

  // Calls

  private macro(name: string, { signature, body, reads }: MacroBody, scope: Scope): Callable {
    const call = (positional: readonly Value[], named: Named): Value => {
      this.budget.step();
      const inner = new Scope(scope);
      const left = new Map(named);
      this.bindParameters(name, signature, positional, left, inner);
      if (reads.has('caller') && !signature.names.includes('caller')) {
        inner.set('caller', left.get('caller') ?? new Undefined('No caller defined')); // None too
        left.delete('caller');
      }
      if (reads.has('kwargs')) inner.set('kwargs', new Dict(left));
      else if (left.size > 0) {
        const [[other]] = left;
        throw new PythonError(`macro '${name}' takes no keyword argument '${other}'`);
      }
      const rest = positional.slice(signature.names.length);
      if (reads.has('varargs')) inner.set('varargs', new Tuple(rest));
      else if (rest.length > 0) {
        const { length } = signature.names;
        throw new PythonError(`macro '${name}' takes not more than ${length} argument(s)`);
      }
      const output: string[] = [];
      this.run(body, inner, output);
      return this.join(output);
    };
    return new Callable(name, call, {
      name,
      arguments: new Tuple(signature.names),
      caller: reads.has('caller'),
      catch_kwargs: reads.has('kwargs'),
      catch_varargs: reads.has('varargs'),
    });
  }

  private bindParameters(
    name: string,
    { names, defaults }: Signature,
    positional: readonly Value[],
    named: Map<string, Value>,
    scope: Scope,
  ): void {
    names.forEach((parameter, i) => {
      const isGiven = i < positional.length || named.has(parameter);
      const usual = i - names.length + defaults.length;
      let value: Value | undefined;
      if (i < positional.length) value = positional[i];
      else if (isGiven) {
        value = named.get(parameter);
        named.delete(parameter);
      } else if (usual >= 0) value = this.evaluate(defaults[usual], scope);
      if (value === undefined) value = new Undefined(`parameter '${parameter}' was not provided`);
      scope.set(parameter, value);
    });
  }

  private call(callee: Value, positional: readonly Value[], named: Named): Value {
    if (callee instanceof Callable) return callee.call(positional, named);
    if (callee instanceof Loop) return callee.call(positional);
    if (callee instanceof Undefined) throw callee.error;
    throw new PythonError(`'${typeOf(callee)}' object is not callable`);
  }

  private arguments(given: Arguments, scope: Scope): readonly [readonly Value[], Named] {
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

  /** The result of a filter; of filters of a block the innermost one takes the block's text. */
  private filterOf({ operand, name, given }: FilterNode, scope: Scope, text: string): Value {
    let value: Value = text;
    if (operand?.kind === 'filter') value = this.filterOf(operand, scope, text);
    else if (operand) value = this.evaluate(operand, scope);
    return this.filter(name, value, ...this.arguments(given, scope));
  }

  // Expressions

  private evaluate(node: Expression, scope: Scope): Value {
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

  /** The value of an expression of others. */
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
          const isRight = holds(operator, left, right, budget);
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

/** The variable `loop` of a loop. */
class Loop extends PythonObject {
  readonly type = 'LoopContext';
  index = 0;
  private lastChecked: readonly Value[] | undefined;

  constructor(
    private readonly items: readonly Value[],
    private readonly depth: number,
    private readonly budget: Budget,
    private readonly recurse: ((children: Value) => Value) | undefined,
  ) {
    super();
  }

  /** Runs the loop's body for children. */
  call([children]: readonly Value[]): Value {
    if (!this.recurse) {
      throw new PythonError("The loop must have the 'recursive' marker to be called recursively.");
    }
    return this.recurse(children);
  }

  override get size(): number {
    return this.items.length;
  }

  override attribute(name: string): Value | undefined {
    const { index, items, depth } = this;
    const { length } = items;
    switch (name) {
      case 'index':
        return BigInt(index);
      case 'index0':
        return BigInt(index - 1);
      case 'revindex':
        return BigInt(length - index + 1);
      case 'revindex0':
        return BigInt(length - index);
      case 'first':
        return index === 1;
      case 'last':
        return index === length;
      case 'length':
        return BigInt(length);
      case 'depth':
        return BigInt(depth + 1);
      case 'depth0':
        return BigInt(depth);
      case 'previtem':
        return index > 1 ? items[index - 2] : new Undefined('there is no previous item');
      case 'nextitem':
        return index < length ? items[index] : new Undefined('there is no next item');
      case 'cycle':
        return new Callable(name, (values) => {
          if (values.length === 0) throw new PythonError('no items for cycling given');
          return values[(index - 1) % values.length];
        });
      case 'changed':
        return new Callable(name, (values) => this.hasChanged(values));
      default:
        return undefined;
    }
  }

  private hasChanged(values: readonly Value[]): boolean {
    const last = this.lastChecked;
    const isSame = last !== undefined && equals(new Tuple(last), new Tuple(values), this.budget);
    this.lastChecked = values;
    return !isSame;
  }
}

/** The functions that a template may call. */
function globalsOf(budget: Budget): ReadonlyMap<string, Value> {
  const pairs = (positional: readonly Value[], named: Named): Dict => {
    const dict = new Dict();
    const first = positional.at(0);
    if (positional.length > 1) throw new PythonError('dict expected at most 1 argument');
    if (first instanceof Dict) {
      budget.objects(first.size);
      for (const pair of first.entries()) dict.put(...pair);
    } else if (first !== undefined) {
      for (const pair of listOf(first, budget)) {
        const items = listOf(pair, budget);
        budget.objects(1);
        if (items.length !== 2) throw new PythonError('expected pairs');
        dict.put(items[0], items[1]);
      }
    }
    for (const [name, value] of named) dict.put(name, value);
    budget.objects(2 + named.size);
    return dict;
  };
  const functions: Readonly<Record<string, Callable['call']>> = {
    dict: pairs,
    namespace: (positional, named) => {
      const namespace = new Namespace();
      for (const [name, value] of pairs(positional, named).entries()) namespace.put(name, value);
      return namespace;
    },
    raise_exception: ([message = null]) => {
      throw new PythonError(print(message, budget));
    },
    range: (given) => {
      if (given.length < 1 || given.length > 3)
        throw new PythonError('range expected 1 to 3 arguments');
      const whole = given.map((each) => BigInt(intOf(each, 0)));
      const [start, stop, step] = whole.length === 1 ? [0n, whole[0], 1n] : [...whole, 1n];
      if (step === 0n) throw new PythonError('range() arg 3 must not be zero');
      const range = new Range(start, stop, step);
      budget.elements(4 * range.size); // of large ints
      return range;
    },
    strftime_now: ([form = null]) => formatTime(print(form, budget), new Date()),
    cycler: (values) => cycler(values),
    joiner: ([separator = ', ']) => {
      let isUsed = false;
      return new Callable('joiner', () => {
        const text = isUsed ? separator : '';
        isUsed = true;
        return text;
      });
    },
  };
  return new Map(
    Object.entries(functions).map(([name, call]) => [name, new Callable(name, call)] as const),
  );
}

function cycler(values: readonly Value[]): Value {
  if (values.length === 0) throw new PythonError('at least one item has to be provided');
  let at = 0;
  const next = (): Value => {
    const value = values[at];
    at = (at + 1) % values.length;
    return value;
  };
  return new (class extends PythonObject {
    readonly type = 'Cycler';
    override attribute(name: string): Value | undefined {
      if (name === 'current') return values[at];
      if (name === 'next') return new Callable(name, next);
      if (name !== 'reset') return undefined;
      return new Callable(name, () => {
        at = 0;
        return null;
      });
    }
  })();
}
