import { CONSTANTS, ExpressionParser, type KnownNames } from './parse-expressions.js';
import type { Expression, MacroBody, Signature, Statement, Target } from './syntax.js';
import { tokenize } from './tokens.js';

/**
 * Parses a template: Jinja2's language with the tags of chat templates, which are `break`, `continue` and `generation`.
 * Tags that need other files or escape HTML (`extends`, `include`, `import`, `block`, `autoescape`) are errors.
 *
 * @throws SyntaxError for an invalid template.
 */
export function parseTemplate(source: string, known: KnownNames): readonly Statement[] {
  return new Parser(tokenize(source), known).template();
}

class Parser extends ExpressionParser {
  private loops = 0;
  private readonly isBlockEnd = (): boolean => this.is('block_end');

  template(): readonly Statement[] {
    const body = this.statements([]);
    if (this.next.kind !== 'end') throw this.unexpected();
    if (this.unknown.length > 0) throw new SyntaxError(`No ${this.unknown[0]}.`);
    return body;
  }

  // Statements

  /** Reads statements up to one of the end tags, which is not consumed. */
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

  /** Reads the body of a tag: the statements before one of its end tags. */
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
    this.separated(this.isBlockEnd, () => {
      targets.push(this.target());
      this.expect('operator', '=');
      values.push(this.expression());
    });
    return { kind: 'with', targets, values, body: this.closedBody('endwith') };
  }

  print(): Statement {
    const items: Expression[] = [];
    this.separated(this.isBlockEnd, () => items.push(this.expression()));
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

  /** Reads the target of an assignment: names, or properties of namespaces if `hasProperties`. */
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
}

/** Returns the names that an assignment to a target sets. */
function namesIn(target: Target): readonly string[] {
  if (target.kind === 'tuple') return target.items.flatMap(namesIn);
  return target.kind === 'name' ? [target.name] : [];
}

/** Parsers of statements, by the name of the tag. */
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
