import { Budget } from './budget.js';
import { Evaluator, KNOWN } from './evaluate.js';
import { Callable, Dict, type Named, Tuple, Undefined } from './objects.js';
import { parseTemplate } from './parse.js';
import type { ForNode, MacroBody, Signature, Statement, Target } from './syntax.js';
import { isList, isTrue, listOf, print, PythonError, type Value } from './values.js';
import { Loop, Namespace, Scope } from './variables.js';

/**
 * Compiles a Jinja2 template in transformers' environment: sandboxed, with `trim_blocks`, `lstrip_blocks`,
 * loop controls and the functions of chat templates.
 *
 * @returns a function that renders the template with variables.
 * @throws SyntaxError for an invalid template. The returned function throws PythonError if Python would raise
 *   an error, and BudgetError if the template exceeds the limits of time or memory.
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

/** Returns the number of values and characters in a value, including nested ones. */
function measure(value: Value): number {
  if (typeof value === 'string') return 1 + value.length;
  if (value instanceof Dict) return measure(value.entries().map(([, item]) => item));
  return isList(value) ? value.reduce((sum: number, item) => sum + measure(item), 1) : 1;
}

/** Reason why statements ended early: `break` or `continue`; `undefined` if they ran to their end. */
type Ending = 'break' | 'continue' | undefined;

/** Runs the statements of a template. */
class Renderer extends Evaluator {
  /** Runs statements and appends their text to `output`. */
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

  /** Runs the body of a `{% set %}` or `{% filter %}` block, filters its text, and assigns or writes the result. */
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
    // As in Jinja2, an iteration that ends by break or continue does not count for else.
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

  /** Returns the items of a loop for which its `if` is true. */
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
}
