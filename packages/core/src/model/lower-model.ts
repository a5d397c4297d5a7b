import type {
  Grouped,
  GroupMemory,
  StepAttention,
  StepRecorder,
} from '../attention/attention-kind.js';
import type { NormKind } from '../norm/norms.js';
import type { HeadNormSpan } from '../attention/head-norms.js';
import type { GateActivation } from '../ops/activations.js';
import type { PositionTable } from '../positions/positions.js';
import type { Rotation } from '../positions/rotary.js';
import type { Decoder } from './decoder.js';
import { lowerAdapters, type NumberedAdapters, type RowTable } from './lower-adapters.js';
import { outputName, parameterSpecs } from './model-parameters.js';
import { transformer } from './transformer.js';

/**
 * The rows of an operand: the step's new tokens, the groups of positions that the step completes, or the tokens
 * whose logits are wanted.
 */
type RowsOf = 'tokens' | 'groups' | 'wanted';

/**
 * An operand or result of an op: a range in the memory of each row of the kind `rows`. The range has the offset
 * `place` and the length `width`, in numbers.
 */
export interface Value {
  readonly place: number;
  readonly width: number;
  readonly rows: RowsOf;
}

/** An op that computes a value from another value. */
interface StepFrom {
  readonly from: Value;
  readonly to: Value;
}

/** An op on all rows of a step. Parameters are given by name. */
export type ModelOp =
  /** Looks up rows of a table, by the tokens or by the step's `tableRows`, and multiplies them by `scale`. */
  | {
      readonly kind: 'embedding';
      readonly table: 'tokenEmbedding' | PositionTable | RowTable;
      readonly scale: number;
      readonly to: Value;
    }
  /** Adds two values, `activation(from + scale * other)`, with GELU or without an activation. */
  | (StepFrom & {
      readonly kind: 'add';
      readonly other: Value;
      readonly scale: number;
      readonly hasGelu: boolean;
    })
  | (StepFrom & { readonly kind: NormKind['stepOp']; readonly name: string })
  | (StepFrom & { readonly kind: 'linear'; readonly name: string; readonly hasGelu: boolean })
  /** Multiplies the activation of the first half of the columns by the second half. */
  | (StepFrom & { readonly kind: 'gated'; readonly activation: GateActivation })
  /** Normalizes queries and keys, with gains of these names. */
  | (StepFrom & {
      readonly kind: 'normHeads';
      readonly queryGain: string;
      readonly keyGain: string;
      readonly span: HeadNormSpan;
    })
  /** Rotates queries and keys by the positions of their tokens. */
  | (StepFrom & { readonly kind: 'rotate'; readonly rotation: Rotation })
  /** Joins the positions of each completed group as columns. Positions of earlier steps are in the cache. */
  | (StepFrom & {
      readonly kind: 'groups';
      readonly part: Grouped;
      readonly groupLength: number;
      readonly layer: number;
    })
  /**
   * Maps `[N, (H + 2K) D]` to `[N, H D]`. Writes new keys and values to the cache, or the inputs that are
   * compressed and the memory of completed groups.
   */
  | (StepFrom & { readonly kind: 'attention'; readonly layer: number } & StepAttention<Value>)
  /** Keeps only the wanted rows of tokens, because no later op reads the others. */
  | (StepFrom & { readonly kind: 'select' })
  /** Computes dot products with the rows of a table, `[V, C]`, bounded by `cap` unless it is 0. */
  | {
      readonly kind: 'logits';
      readonly from: Value;
      readonly table: string;
      readonly cap: number;
    };

/** A model as a flat list of ops on preallocated memory. */
export interface LoweredModel {
  readonly ops: readonly ModelOp[];
  /** Size of the memory of a row, in numbers. */
  readonly rowSize: number;
}

/**
 * Lowers a model to a list of ops that an engine runs in one call a step. The list is recorded from `transformer`, so
 * that the architecture is defined once. Values that are not needed at the same time share memory.
 *
 * @param adapters - Adapters whose products are added.
 * @param isMixed - Whether rows differ in their adapters. Each row then adds only the product of its own adapters.
 * @returns `undefined` for a model whose attention or positions have no ops in such lists.
 */
export function lowerModel(
  decoder: Decoder,
  adapters: readonly NumberedAdapters[] = [],
  isMixed = false,
): LoweredModel | undefined {
  const { config, norm, layers } = decoder;
  if (!layers.every(({ attention }) => attention.lower)) return undefined;
  const widths = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape[1] ?? 0]));
  const { nEmbd: C, nHead, headDim, queryKeyNorm: span, embeddingScale = 1 } = config;
  const computed: PositionTable[] = []; // tables that no op of the list computes
  const ops: ModelOp[] = [];
  // Until memory is assigned, each value has its number as offset.
  let values = 0;
  const record = (rows: RowsOf, width: number, opOf: (to: Value) => ModelOp): Value => {
    const to = { place: values++, width, rows };
    ops.push(opOf(to));
    return to;
  };
  const add = (from: Value, other: Value, scale = 1, hasGelu = false): Value =>
    record(from.rows, from.width, (to) => ({ kind: 'add', from, other, scale, hasGelu, to }));
  const embedding = (
    table: 'tokenEmbedding' | PositionTable | RowTable,
    scale: number,
    width = C,
  ): Value => record('tokens', width, (to) => ({ kind: 'embedding', table, scale, to }));
  const select = (from: Value): Value =>
    record('wanted', from.width, (to) => ({ kind: 'select', from, to }));
  const product = (from: Value, name: string, width: number, hasGelu = false): Value =>
    record(from.rows, width, (to) => ({ kind: 'linear', from, name, hasGelu, to }));
  const tables = new Map<string, Value>();
  const rowsOf = (table: RowTable, { rows }: Pick<Value, 'rows'>, width: number): Value => {
    const known = tables.get(table + rows);
    if (known) return known;
    const all = rows === 'wanted' && rowsOf(table, { rows: 'tokens' }, width);
    const made = all ? select(all) : embedding(table, 1, width);
    tables.set(table + rows, made);
    return made;
  };
  const linear = (from: Value, name: string, hasGelu: boolean): Value => {
    const width = widths.get(`${name}.weight`) ?? 0;
    const own = adapters.filter((each) => each.adapters.layers.has(name));
    const base = product(from, name, width, hasGelu && own.length === 0);
    return lowerAdapters({ name, from, width }, own, isMixed, { product, add, rowsOf }).reduce(
      (sum, { value, scale }, i) => add(sum, value, scale, hasGelu && i === own.length - 1),
      base,
    );
  };
  const recorderOf = (layer: number): StepRecorder<Value> => ({
    linear: (from, name) => linear(from, name, false),
    groups: (from, part, groupLength) =>
      record('groups', groupLength * C, (to) => {
        return { kind: 'groups', from, part, groupLength, layer, to };
      }),
    attention: (from, given) =>
      record('tokens', nHead * headDim, (to) => {
        return { kind: 'attention', from, layer, ...given, to };
      }),
  });
  const hidden = transformer<Value>(decoder, {
    tokenEmbedding: () => embedding('tokenEmbedding', embeddingScale),
    positionVectors: ({ name, areLearned }) => {
      if (!areLearned) computed.push(name);
      return embedding(name, 1);
    },
    norm: (from, name) => record(from.rows, C, (to) => ({ kind: norm.stepOp, from, name, to })),
    linear: (from, name, activation) => linear(from, name, activation === 'gelu'),
    gated: (from, activation) =>
      record(from.rows, from.width / 2, (to) => ({ kind: 'gated', from, activation, to })),
    normHeads: (from, { name }) => {
      const [queryGain, keyGain] = ['queryNorm', 'keyNorm'].map(
        (own) => `${name}.attention.${own}.gain`,
      );
      return span === undefined
        ? from
        : record(from.rows, from.width, (to) => {
            return { kind: 'normHeads', from, queryGain, keyGain, span, to };
          });
    },
    rotate: (from, rotation) =>
      record(from.rows, from.width, (to) => ({ kind: 'rotate', from, rotation, to })),
    context: (x) => x, // remembered positions are in the cache
    attention: (input, qkv, { index, attention: { lower } }) => {
      const read = lower?.({ input, qkv }, recorderOf(index)) ?? qkv; // checked for all layers
      // No token attends to another after the last attention.
      return index === layers.length - 1 ? select(read) : read;
    },
    add: (x, y) => add(x, y),
    residual: (x, branch) => add(x.rows === branch.rows ? x : select(x), branch),
    dropout: (x) => x,
  });
  ops.push({ kind: 'logits', from: hidden, table: outputName(config), cap: config.logitCap ?? 0 });
  return computed.length === 0 ? givePlaces(ops) : undefined;
}

/** Assigns memory to each result: memory of its size that no later op reads, or new memory. */
function givePlaces(recorded: readonly ModelOp[]): LoweredModel {
  const lastUse = new Map<number, number>();
  recorded.forEach((op, i) => {
    for (const value of operandsOf(op)) lastUse.set(value.place, i);
  });
  let rowSize = 0;
  const free = new Map<number, number[]>(); // free offsets by width
  const placed = new Map<number, number>();
  const placeOf = ({ place }: Value): number => placed.get(place) ?? place;
  const find = (value: Value): Value => ({ ...value, place: placeOf(value) });
  const placedMemory = ({ groupLength, keys, values }: GroupMemory<Value>): GroupMemory<Value> => {
    return { groupLength, keys: find(keys), values: find(values) };
  };
  const ops = recorded.map((op, i): ModelOp => {
    if (op.kind !== 'logits') {
      const { place, width } = op.to;
      let to = free.get(width)?.pop();
      if (to === undefined) {
        to = rowSize;
        rowSize += width;
      }
      placed.set(place, to);
    }
    for (const value of new Set(operandsOf(op))) {
      if (lastUse.get(value.place) !== i) continue;
      free.set(value.width, [...(free.get(value.width) ?? []), placeOf(value)]);
    }
    return {
      ...op,
      ...('from' in op && { from: find(op.from) }),
      ...('other' in op && { other: find(op.other) }),
      ...('to' in op && { to: find(op.to) }),
      ...('memory' in op && op.memory && { memory: placedMemory(op.memory) }),
      ...('input' in op && op.input && { input: find(op.input) }),
    };
  });
  return { ops, rowSize };
}

function operandsOf(op: ModelOp): Value[] {
  switch (op.kind) {
    case 'embedding':
      return [];
    case 'add':
      return [op.from, op.other];
    case 'attention': {
      const memory = op.memory ? [op.memory.keys, op.memory.values] : [];
      return [op.from, ...memory, ...(op.input ? [op.input] : [])];
    }
    default:
      return [op.from];
  }
}
