import { patternNames } from '../attention/attention-kinds.js';
import type { ModelConfig } from '../config/model-config.js';
import { type ParameterSpec, sizeOf } from '../parameters/parameter.js';
import { parameterSpecs } from './model-parameters.js';

/** A parameter in the tally; one that every block has is counted in a single row. */
export interface TallyRow {
  /** Name of the parameter in a model; in a block, without the prefix `blocks.N.`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
}

/** A row of the tally for a parameter of the blocks. */
export interface BlockRow extends TallyRow {
  /** Number of blocks that have the parameter: all of them, unless their attention differs. */
  readonly blocks: number;
  readonly allBlocks: number;
}

/** The number of parameters of each part of a model. */
export interface ParameterTally {
  /** The parameters of the embeddings. */
  readonly head: readonly TallyRow[];
  /** The parameters of the blocks. */
  readonly block: readonly BlockRow[];
  /** Number of parameters of one block; absent where blocks differ. */
  readonly blockTotal?: number;
  readonly blocksTotal: number;
  /** The final norm. The output projection is the token embedding and adds nothing. */
  readonly tail: readonly TallyRow[];
  readonly total: number;
}

/**
 * Counts a model's learned numbers row by row.
 *
 * @see Alammar 2019, The Illustrated GPT-2, whose table this is
 */
export function parameterTally(config: ModelConfig): ParameterTally {
  const { nLayer } = config;
  // One block of each kind is listed: run.json may name a depth whose list takes seconds.
  const kinds = Math.min(nLayer, patternNames(config.attention).length);
  const specs = parameterSpecs({ ...config, nLayer: kinds });
  const block = blockRows(specs, (kind) => Math.ceil((nLayer - kind) / kinds));
  const [head, tail] = (['input', 'output'] as const).map((part) =>
    specs.filter((spec) => spec.part === part).map(toRow),
  );
  const areAlike = block.every(({ blocks }) => blocks === nLayer);
  const blocksTotal = block.reduce((total, { allBlocks }) => total + allBlocks, 0);
  const total = sum(head) + blocksTotal + sum(tail);
  return { head, block, ...(areAlike && { blockTotal: sum(block) }), blocksTotal, tail, total };
}

/** Number of parameters; 124,439,808 for GPT-2 small. */
export function countParameters(config: ModelConfig): number {
  return parameterTally(config).total;
}

/** A row for each name in blocks, with the shape that it has wherever it is. */
function blockRows(
  specs: readonly ParameterSpec[],
  blocksLike: (block: number) => number,
): BlockRow[] {
  const rows: BlockRow[] = [];
  let at = 0; // behind the row before
  for (const spec of specs) {
    if (spec.block === undefined) continue;
    const { name, count, shape } = toRow(spec);
    const known = rows.findIndex((row) => row.name === name);
    const alike = blocksLike(spec.block);
    const blocks = known < 0 ? alike : rows[known].blocks + alike;
    const row = { name, shape, count, blocks, allBlocks: blocks * count };
    if (known < 0) rows.splice(at, 0, row);
    else rows[known] = row;
    at = (known < 0 ? at : known) + 1;
  }
  return rows;
}

function toRow({ name, shape, block }: ParameterSpec): TallyRow {
  const own = block === undefined ? name : name.slice(`blocks.${block}.`.length);
  return { name: own, shape, count: sizeOf(shape) };
}

function sum(rows: readonly TallyRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
