import type { Value } from './values.js';

/** Arguments of a call, a filter or a test. */
export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [name: string, value: Expression])[];
  /** `*values`. */
  readonly spread?: Expression;
  /** `**values`. */
  readonly spreadNamed?: Expression;
}

export interface CallNode {
  readonly kind: 'call';
  readonly callee: Expression;
  readonly given: Arguments;
}

/** A filter. In `{% filter %}` and `{% set %}` blocks, the innermost one has no operand. */
export interface FilterNode {
  readonly kind: 'filter';
  readonly operand: Expression | undefined;
  readonly name: string;
  readonly given: Arguments;
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**';
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

export type Expression =
  | { readonly kind: 'constant'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'dict';
      readonly pairs: readonly (readonly [key: Expression, value: Expression])[];
    }
  | {
      readonly kind: 'condition';
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression | undefined;
    }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | {
      readonly kind: 'compare';
      readonly first: Expression;
      readonly rest: readonly (readonly [operator: CompareOperator, operand: Expression])[];
    }
  | {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'sign'; readonly operator: '+' | '-'; readonly operand: Expression }
  | { readonly kind: 'join'; readonly items: readonly Expression[] }
  | { readonly kind: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly kind: 'item'; readonly object: Expression; readonly key: Expression }
  | {
      readonly kind: 'slice';
      /** Start, stop and step. */
      readonly parts: readonly (Expression | undefined)[];
    }
  | CallNode
  | FilterNode
  | {
      readonly kind: 'test';
      readonly operand: Expression;
      readonly name: string;
      readonly given: Arguments;
    };

/** The left side of an assignment. Only namespaces have properties that can be assigned. */
export type Target =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'property'; readonly object: string; readonly name: string }
  | { readonly kind: 'tuple'; readonly items: readonly Target[] };

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
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly items: readonly Expression[] }
  | ForNode
  | {
      readonly kind: 'if';
      readonly branches: readonly {
        readonly test: Expression;
        readonly body: readonly Statement[];
      }[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: 'macro'; readonly name: string; readonly macro: MacroBody }
  | { readonly kind: 'callBlock'; readonly call: CallNode; readonly macro: MacroBody }
  | {
      readonly kind: 'filterBlock';
      readonly filter: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: 'setBlock';
      readonly target: Target;
      readonly filter: Expression | undefined;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'with';
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: 'generation'; readonly body: readonly Statement[] }
  | { readonly kind: 'break' | 'continue' };
