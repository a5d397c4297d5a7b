import { type LayerAttention, layerAttention } from '../config/layer-attention.js';
import type { ModelConfig } from '../config/model-config.js';
import { parameterSpecs } from '../parameters/parameter-specs.js';
import { type EmbeddingName, transformer } from './transformer.js';

/** Numbers that every row of a step has: where they lie in the row's memory, and how many. */
export interface Value {
  readonly place: number;
  readonly width: number;
}

/** What a step does with all its rows; parameters go by name. */
export type ModelOp =
  /** Rows of a table, of the tokens or of their positions. */
  | {
      readonly kind: 'embedding';
      readonly table: EmbeddingName;
      readonly to: Value;
    }
  | { readonly kind: 'add'; readonly from: Value; readonly other: Value; readonly to: Value }
  | { readonly kind: 'layerNorm'; readonly from: Value; readonly name: string; readonly to: Value }
  | {
      readonly kind: 'linear';
      readonly from: Value;
      readonly name: string;
      readonly hasGelu: boolean;
      readonly to: Value;
    }
  /** From `[N, 3C]` to `[N, C]`; new keys and values go to the cache. */
  | {
      readonly kind: 'attention';
      readonly from: Value;
      readonly layer: number;
      readonly attention: LayerAttention;
      readonly to: Value;
    }
  /** Scalar products with the token embedding, of the rows that are asked for. */
  | { readonly kind: 'logits'; readonly from: Value };

/** A model as a flat list of ops on memory that is laid out. */
export interface LoweredModel {
  readonly ops: readonly ModelOp[];
  /** Numbers of memory that a row takes. */
  readonly rowSize: number;
}

/**
 * Lowers a model to the list that an engine runs in one call a step. The list is recorded from
 * `transformer`, so there is no second copy of the architecture; values that are not needed together
 * share memory.
 */
export function lowerModel(config: ModelConfig): LoweredModel {
  const widths = new Map(parameterSpecs(config).map(({ name, shape }) => [name, shape[1] ?? 0]));
  const C = config.nEmbd;
  const ops: ModelOp[] = [];
  // Until places are given, each value is at its number.
  let values = 0;
  const record = (width: number, opOf: (to: Value) => ModelOp): Value => {
    const to = { place: values++, width };
    ops.push(opOf(to));
    return to;
  };
  const add = (from: Value, other: Value): Value =>
    record(C, (to) => ({ kind: 'add', from, other, to }));
  const hidden = transformer<Value>(config, {
    embedding: (table) => record(C, (to) => ({ kind: 'embedding', table, to })),
    layerNorm: (from, name) => record(C, (to) => ({ kind: 'layerNorm', from, name, to })),
    linear: (from, name, activation) =>
      record(widths.get(`${name}.weight`) ?? 0, (to) => {
        return { kind: 'linear', from, name, hasGelu: activation === 'gelu', to };
      }),
    recall: (x) => x, // what is remembered is in the cache
    attention: (from, layer) =>
      record(C, (to) => {
        return { kind: 'attention', from, layer, attention: layerAttention(config, layer), to };
      }),
    add,
    residual: add,
    dropout: (x) => x,
  });
  ops.push({ kind: 'logits', from: hidden });
  return givePlaces(ops);
}

/** Each result gets memory of its size that no later op reads, or new memory. */
function givePlaces(recorded: readonly ModelOp[]): LoweredModel {
  const lastUse = new Map<number, number>();
  recorded.forEach((op, i) => {
    for (const value of operandsOf(op)) lastUse.set(value.place, i);
  });
  let rowSize = 0;
  const free = new Map<number, Value[]>();
  const placed = new Map<number, Value>();
  const find = ({ place, width }: Value): Value => placed.get(place) ?? { place, width };
  const ops = recorded.map((op, i): ModelOp => {
    if (op.kind !== 'logits') {
      const { place, width } = op.to;
      let to = free.get(width)?.pop();
      if (!to) {
        to = { place: rowSize, width };
        rowSize += width;
      }
      placed.set(place, to);
    }
    for (const value of new Set(operandsOf(op))) {
      if (lastUse.get(value.place) !== i) continue;
      free.set(value.width, [...(free.get(value.width) ?? []), find(value)]);
    }
    return {
      ...op,
      ...('from' in op && { from: find(op.from) }),
      ...('other' in op && { other: find(op.other) }),
      ...('to' in op && { to: find(op.to) }),
    };
  });
  return { ops, rowSize };
}

function operandsOf(op: ModelOp): Value[] {
  if (op.kind === 'embedding') return [];
  return op.kind === 'add' ? [op.from, op.other] : [op.from];
}
