import type { UpdateRule } from './optimizer.js';

/** A stretch of one parameter, made of whole chunks (`chunkEnds`). */
export interface Piece {
  /** The parameter's name. */
  readonly name: string;
  /** The first of its numbers among those of all parameters. */
  readonly start: number;
  /** The number after the last one. */
  readonly end: number;
}

/** Updates of some pieces of a store's parameters, so that ranks can share out an update. */
export interface PieceUpdates {
  /** All values, one parameter after the other, where they lie. They change right after `update` alone. */
  readonly values: Float32Array;
  /**
   * Keeps the optimizer's slots of these pieces alone from now on, at first those of all parameters. Slots of
   * other entries are given up, and read as 0.
   */
  keep(pieces: readonly Piece[]): void;
  /**
   * The sums of squares of each chunk, for the norm of all gradients.
   *
   * @param gradients - One array for each piece that is kept, in their order.
   */
  sumsOfSquares(gradients: readonly Float32Array[]): Float64Array;
  /**
   * Updates the pieces that are kept.
   *
   * @param gradients - One array for each of them, in their order.
   * @param scale - Factor of the gradients, from clipping.
   */
  update(gradients: readonly Float32Array[], rule: UpdateRule, scale: number): void;
}
