import type { ModelConfig } from '../config/model-config.js';
import { type ParameterSpec, parameterSpecs, sizeOf } from './parameter-specs.js';

export interface TallyRow {
  /** As in a model; in a block without `blocks.0.` in front. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
}

/** Where a model's numbers are. */
export interface ParameterTally {
  /** The embeddings. */
  readonly head: readonly TallyRow[];
  /** One block; all are alike. */
  readonly block: readonly (TallyRow & { readonly allBlocks: number })[];
  readonly blockTotal: number;
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
  const one = parameterSpecs({ ...config, nLayer: 1 });
  const first = one.findIndex(isInBlock);
  const block = one.filter(isInBlock).map((spec) => {
    const row = toRow(spec);
    return { ...row, allBlocks: nLayer * row.count };
  });
  const head = one.slice(0, first).map(toRow);
  const tail = one.slice(first + block.length).map(toRow);
  const blockTotal = sum(block);
  const blocksTotal = nLayer * blockTotal;
  const total = sum(head) + blocksTotal + sum(tail);
  return { head, block, blockTotal, blocksTotal, tail, total };
}

const PREFIX = 'blocks.0.';

function isInBlock({ name }: ParameterSpec): boolean {
  return name.startsWith(PREFIX);
}

function toRow({ name, shape }: ParameterSpec): TallyRow {
  return {
    name: name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name,
    shape,
    count: sizeOf(shape),
  };
}

function sum(rows: readonly TallyRow[]): number {
  return rows.reduce((total, { count }) => total + count, 0);
}
