import type { Adapters } from '../parameters/adapter-kind.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { type ParameterSpec, weight } from '../parameters/parameter.js';
import { storedIn } from '../parameters/weight-format.js';
import type { Decoder } from './decoder.js';
import type { RowAdapters } from './tensor-ops.js';

/** The adapters that some rows of a step use. */
export interface NumberedAdapters {
  /**
   * Index of the adapters among all adapters of the step. It is part of the names of their parameters
   * (`adapters.0.…`), and `DecodingStep.tableRows` refers to it.
   */
  readonly index: number;
  readonly adapters: Adapters;
}

/**
 * Name of a table for some adapters of a step, `adapters.INDEX.rows.RANK`. The table has a row for each parameter
 * store of the step: zeros for the store of these adapters, and `ABSORBING` for all others. Adding and then
 * subtracting the row of a token's store sets the product `x A` to 0 if the token uses other adapters.
 */
export type RowTable = `adapters.${number}.rows.${number}`;

/**
 * A number that absorbs every product below 2^76 by rounding: `(x + ABSORBING) - ABSORBING` is 0, and `(x + 0) - 0`
 * is x, exactly. Engines have sums, but no products of rows with a factor of each row.
 */
const ABSORBING = 2 ** 100;

/** Functions that record the ops of adapters in a list of ops (`LoweredModel`). */
interface AdapterOps<Value> {
  readonly product: (from: Value, name: string, width: number) => Value;
  readonly add: (from: Value, other: Value, scale: number) => Value;
  /** Looks up a row of a table for each row of `like`. */
  readonly rowsOf: (table: RowTable, like: Value, width: number) => Value;
}

/**
 * Records the LoRA products of a linear layer. Each product is computed for all rows of a step. It is 0 in rows that
 * use other adapters, so that the result of a row does not depend on the other rows.
 *
 * @param from - The input of the layer.
 * @param isMixed - Whether rows differ in their adapters.
 * @returns each product with its scale, to be added to the output of the layer.
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

/**
 * Whether a model has learned position tables. Its steps use `tableRows` for positions, so that one step cannot
 * contain rows with different adapters.
 */
export function hasPositionTables({ inputPositions, layers }: Decoder): boolean {
  return [{ positions: inputPositions }, ...layers].some(
    ({ positions }) => positions.parameters.length > 0,
  );
}

/** A parameter that a list of ops reads, and access to its numbers. */
interface Source {
  readonly spec: ParameterSpec;
  readonly stored: () => ReturnType<typeof storedIn>;
}

/**
 * Returns the parameters of all adapters of a step under their names in the list of ops, and the row tables
 * (`RowTable`) if there is more than one store.
 *
 * @param stores - The different stores that the rows of a step use; the index in the list is the index of the
 *   adapters.
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
