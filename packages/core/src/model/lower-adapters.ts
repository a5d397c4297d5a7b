import type { Adapters } from '../parameters/adapter-kind.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { type ParameterSpec, weight } from '../parameters/parameter.js';
import { storedIn } from '../parameters/weight-format.js';
import type { Decoder } from './decoder.js';
import type { RowAdapters } from './tensor-ops.js';

/** The adapters of some rows of a step. */
export interface NumberedAdapters {
  /** Number in the names of their parameters, and in the table rows of a step. */
  readonly index: number;
  readonly adapters: Adapters;
}

/** Name of a table that removes the rows of others from a product with A: 0 in the adapter's own row, else `ABSORBING`. */
export type RowTable = `adapters.${number}.rows.${number}`;

/**
 * A number that absorbs every product below 2^76 by rounding: `(x + ABSORBING) - ABSORBING` is 0, and `(x + 0) - 0`
 * is x, exactly. Engines have sums, but no products of rows with a factor of each row.
 */
const ABSORBING = 2 ** 100;

/** The ops of a list that add adapters. */
interface AdapterOps<Value> {
  readonly product: (from: Value, name: string, width: number) => Value;
  readonly add: (from: Value, other: Value, scale: number) => Value;
  /** Returns the rows of a table, for the rows of another value. */
  readonly rowsOf: (table: RowTable, like: Value, width: number) => Value;
}

/**
 * Lowers the low-rank products of a linear layer. Each is computed for all rows of a step, and is 0 in rows of others, so
 * that the numbers of a row do not depend on the other rows.
 *
 * @param from - The input of the layer.
 * @param isMixed - Whether rows differ in their adapters.
 * @returns each product with its scale, to be added to the layer's.
 */
export function lowerAdapters<Value>(
  { name, from, width }: { readonly name: string; readonly from: Value; readonly width: number },
  adapters: readonly NumberedAdapters[],
  isMixed: boolean,
  { product, add, rowsOf }: AdapterOps<Value>,
): { readonly value: Value; readonly scale: number }[] {
  // Ops of one kind follow one another, because an engine waits for all rows between products.
  const lows = adapters.flatMap(({ index, adapters: { layers, lowRank } }) => {
    const layer = layers.get(name);
    if (!layer || !lowRank) return []; // models with adapters without low rank have no list
    const { down, ...term } = lowRank(layer);
    return [{ index, ...term, low: product(from, adapterName(index, down), term.rank) }];
  });
  const own = lows.map(({ low, ...each }) => {
    const table = isMixed && rowsOf(rowTable(each.index, each.rank), low, each.rank);
    return { ...each, low: table ? add(add(low, table, 1), table, -1) : low };
  });
  return own.map(({ index, up, scale, low }) => {
    return { value: product(low, adapterName(index, up), width), scale };
  });
}

/**
 * Returns the adapters of a batch of sequences, for a step that runs op by op.
 *
 * @param stores - The parameters of the model that reads each sequence.
 * @param length - Number of rows of each sequence.
 */
export function rowAdapters(stores: readonly ParameterStore[], length: number): RowAdapters[] {
  const different = [...new Set(stores)];
  const rowsOf = (store: ParameterStore): number[] =>
    stores.flatMap((each, i) =>
      each === store ? Array.from({ length }, (_, at) => i * length + at) : [],
    );
  return different.flatMap((store): RowAdapters[] => {
    if (!store.adapters) return [];
    const rows = different.length > 1 ? rowsOf(store) : undefined;
    return [{ adapters: store.adapters, parameters: store.tensors(), rows }];
  });
}

/** Whether a model looks positions up in tables, so that a step has no other use for `tableRows`. */
export function hasPositionTables({ inputPositions, layers }: Decoder): boolean {
  return [{ positions: inputPositions }, ...layers].some(
    ({ positions }) => positions.parameters.length > 0,
  );
}

/** A parameter of a list of ops, and its numbers. */
interface Source {
  readonly spec: ParameterSpec;
  readonly stored: () => ReturnType<typeof storedIn>;
}

/**
 * Returns the parameters of adapters by their names in a list of ops, and the tables of a mixed one.
 *
 * @param stores - The stores of the rows of a step, by their numbers.
 */
export function adapterSources(stores: readonly ParameterStore[]): Source[] {
  return stores.flatMap((store, index): Source[] => {
    const { adapters } = store;
    if (!adapters) return [];
    const own = adapters.specs.map((spec): Source => {
      const named = { ...spec, name: adapterName(index, spec.name) };
      return { spec: named, stored: () => storedIn(store, spec.name) };
    });
    const widths = new Set(
      Array.from(adapters.layers.values(), (layer) => adapters.lowRank?.(layer).rank ?? 0),
    );
    return stores.length > 1 ? [...own, ...Array.from(widths, (width) => tableOf(width))] : own;

    function tableOf(width: number): Source {
      const array = new Float32Array(stores.length * width).fill(ABSORBING);
      array.fill(0, index * width, (index + 1) * width);
      const spec = weight(`${rowTable(index, width)}.weight`, [stores.length, width], 0);
      // 32-bit floats, as adapters are.
      return { spec, stored: () => ({ ...own[0].stored(), array }) };
    }
  });
}

function adapterName(index: number, name: string): string {
  return `adapters.${index}.${name}`;
}

function rowTable(index: number, rank: number): RowTable {
  return `adapters.${index}.rows.${rank}`;
}
