import * as tf from '@tensorflow/tfjs-core';

import { embedding } from '../ops/embedding.js';
import type { Attend, TokenRows } from './tensor-ops.js';

/**
 * The rows of a padded batch without most of its padding, N of B * T. Only attention needs whole sequences: each
 * position still attends to its own sequence alone, and everything else computes N rows.
 */
export interface RowPacking {
  /**
   * Index in `[B * T]` of each packed row, `[N]`: all positions that are not padding, in order, then a few rows of
   * padding.
   */
  readonly rows: Int32Array;
  /** Index of the packed row of each position, `[B * T]`; 0 for padding, which attention ignores. */
  readonly places: Int32Array;
  /** Token of each packed row, `[N]`. */
  readonly tokens: Int32Array;
  /** Position of each packed row in its sequence, `[N]`. */
  readonly positions: Int32Array;
}

/** Sequences that are padded to one length T. */
interface PaddedTokens {
  /** Token ids, row-major `[B, T]`. */
  readonly tokens: Int32Array;
  readonly batchSize: number;
  /** Number of positions of each sequence that are not padding, `[B]`. */
  readonly lengths?: Int32Array;
}

/** Number of different values of N for batches of one shape `[B, T]`. An engine prepares a program for each value. */
const SIZES = 16;

/**
 * Returns the packing of a batch; `undefined` if it has little or no padding. A few rows of padding remain, so that
 * N is a multiple of a sixteenth of B * T.
 */
export function packRows({ tokens, batchSize, lengths }: PaddedTokens): RowPacking | undefined {
  if (!lengths) return undefined;
  const step = Math.ceil(tokens.length / SIZES);
  const useful = lengths.reduce((sum, length) => sum + length, 0);
  const count = Math.ceil(useful / step) * step;
  if (count >= tokens.length) return undefined;
  const T = tokens.length / batchSize;
  const isUseful = (at: number): boolean => at % T < lengths[Math.floor(at / T)];
  const rows = new Int32Array(count).fill(tokens.findIndex((_, at) => !isUseful(at)));
  const places = new Int32Array(tokens.length);
  let next = 0;
  for (let at = 0; at < tokens.length; at++) {
    if (!isUseful(at)) continue;
    places[at] = next;
    rows[next++] = at;
  }
  return {
    rows,
    places,
    tokens: rows.map((row) => tokens[row]),
    positions: rows.map((row) => row % T),
  };
}

/**
 * Wraps attention so that it takes and returns packed rows. The input `[N, C]` and the queries, keys and values
 * `[N, (H + 2K) D]` are unpacked to the padded batch; the result is packed to `[N, H D]`.
 */
function packedAttend(attend: Attend, packing: RowPacking): Attend {
  const [rows, places] = [packing.rows, packing.places].map((ids) => tf.tensor1d(ids, 'int32'));
  return ({ input, qkv }, layer, dropout) => {
    const operands = {
      get input() {
        return embedding(input, places); // few kinds of attention read it
      },
      qkv: embedding(qkv, places),
    };
    return embedding(attend(operands, layer, dropout), rows);
  };
}

/**
 * Returns the rows of a batch that are computed, and the attention for them: all rows, or only rows without padding
 * if the batch has a packing.
 */
export function packedPass(
  { tokens, packing }: Pick<PaddedTokens, 'tokens'> & { readonly packing?: RowPacking },
  T: number,
  attend: Attend,
): { readonly rows: TokenRows; readonly attend: Attend } {
  if (!packing) return { rows: { tokens, positions: tokens.map((_, i) => i % T) }, attend };
  const positions = Int32Array.from({ length: T }, (_, t) => t);
  const rows = { tokens: packing.tokens, positions, at: packing.positions };
  return { rows, attend: packedAttend(attend, packing) };
}
