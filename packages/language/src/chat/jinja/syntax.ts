import type { Value } from './values.js';

/** Arguments of a call, a filter or a test. */
export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [name: string, value: Expression])[];
  /** The argument after `*` in a call, as in `f(*values)`. */
  readonly spread?: Expression;
  /** The argument after `**` in a call, as in `f(**values)`. */
  readonly spreadNamed?: Expression;
}

export interface CallNode {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly given: Arguments;
}

/** A filter. In `{% filter %}` and `{% set %}` blocks, the innermost filter has no operand. */
export interface FilterNode {
  readonly kind: 'filter';
  readonly operand: Expression | undefined;
  readonly name: string;
  readonly given: Arguments;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Expression =
  | Readonly<{ kind: 'constant'; value: Value }>
  | Readonly<{ kind: 'name'; name: string }>
  | Readonly<{ kind: 'tuple' | 'list'; items: readonly Expression[] }>
  | Readonly<{ kind: 'dict'; pairs: readonly (readonly [key: Expression, value: Expression])[] }>
  | Readonly<{
      kind: 'condition';
      test: Expression;
      then: Expression;
      otherwise: Expression | undefined;
    }>
  | Readonly<{ kind: 'and' | 'or'; left: Expression; right: Expression }>
  | Readonly<{ kind: 'not'; operand: Expression }>
  | Readonly<{
      kind: 'compare';
      first: Expression;
      rest: readonly (readonly [operator: CompareOperator, operand: Expression])[];
    }>
  | Readonly<{ kind: 'binary'; operator: BinaryOperator; left: Expression; right: Expression }>
  | Readonly<{ kind: 'sign'; operator: '+' | '-'; operand: Expression }>
  | Readonly<{ kind: 'join'; items: readonly Expression[] }>
  | Readonly<{ kind: 'attribute'; object: Expression; name: string }>
  | Readonly<{ kind: 'item'; object: Expression; key: Expression }>
  | {
      readonly kind: 'slice';
      /** Start, stop and step of a slice. */
      readonly parts: readonly (Expression | undefined)[];
    }
  | CallNode
  | FilterNode
  | Readonly<{ kind: 'test'; operand: Expression; name: string; given: Arguments }>;

/** The left side of an assignment. Only namespaces have properties that can be assigned. */
export type Target =
  | Readonly<{ kind: 'name'; name: string }>
  | Readonly<{ kind: 'property'; object: string; name: string }>
  | Readonly<{ kind: 'tuple'; items: readonly Target[] }>;

/** Parameters of a macro. */
export interface Signature {
  readonly names: readonly string[];
  /** Default values of the last parameters. */
  readonly defaults: readonly Expression[];
}

/** A macro, or the body of a call block. */
export interface MacroBody {
  readonly signature: Signature;
  readonly body: readonly Statement[];
  /** Names that the body reads; they may include `caller`, `varargs` and `kwargs`. */
  readonly reads: ReadonlySet<string>;
}

export interface ForNode {
  readonly kind: 'for';
  readonly target: Target;
  readonly iterable: Expression;
  readonly test: Expression | undefined;
  readonly isRecursive: boolean;
  readonly body: readonly Statement[];
  readonly otherwise: readonly Statement[];
}

export type Statement =
  | Readonly<{ kind: 'text'; text: string }>
  | Readonly<{ kind: 'print'; items: readonly Expression[] }>
  | ForNode
  | {
      readonly kind: 'if';
      readonly branches: readonly {
        readonly test: Expression;
        readonly body: readonly Statement[];
      }[];
      readonly otherwise: readonly Statement[];
    }
  | Readonly<{ kind: 'macro'; name: string; macro: MacroBody }>
  | Readonly<{ kind: 'callBlock'; call: CallNode; macro: MacroBody }>
  | Readonly<{ kind: 'filterBlock'; filter: Expression; body: readonly Statement[] }>
  | Readonly<{ kind: 'set'; target: Target; value: Expression }>
  | Readonly<{
      kind: 'setBlock';
      target: Target;
      filter: Expression | undefined;
      body: readonly Statement[];
    }>
  | Readonly<{
      kind: 'with';
      targets: readonly Target[];
      values: readonly Expression[];
      body: readonly Statement[];
    }>
  | Readonly<{ kind: 'generation'; body: readonly Statement[] }>
  | Readonly<{ kind: 'break' | 'continue' }>;
