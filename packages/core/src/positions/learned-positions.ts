import { type ParameterSpec, weight } from '../parameters/parameter.js';
import type { PositionSettings } from './positions.js';

/** What learned positions depend on. */
interface LearnedPositions extends PositionSettings {
  readonly contextLength: number;
  readonly nEmbd: number;
}

/** A table of the positions of a sequence. */
export type PositionTable = 'positionEmbedding' | `blocks.${number}.positionEmbedding`;

/** The ops that positions are added with. */
export interface PositionOps<X> {
  /** Rows of a table. */
  embedding(table: PositionTable): X;
  add(x: X, y: X): X;
}

/** The table that is added before a block, or at the input; `undefined` where there is none. */
function positionTable(
  { positions }: PositionSettings,
  before: 'input' | number,
): PositionTable | undefined {
  if (before === 'input') return positions === 'input' ? 'positionEmbedding' : undefined;
  return positions === 'every-layer' ? `blocks.${before}.positionEmbedding` : undefined;
}

/** The stream with the positions that are added before a block, or at the input. */
export function withPositions<X>(
  x: X,
  settings: PositionSettings,
  before: 'input' | number,
  ops: PositionOps<X>,
): X {
  const table = positionTable(settings, before);
  return table ? ops.add(x, ops.embedding(table)) : x;
}

/**
 * The parameters of the positions that are added before a block, or at the input.
 *
 * @see openai/gpt-2 src/model.py for the initial values
 */
export function positionSpecs(
  settings: LearnedPositions,
  before: 'input' | number,
): ParameterSpec[] {
  const table = positionTable(settings, before);
  const { contextLength, nEmbd } = settings;
  return table
    ? [{ ...weight(`${table}.weight`, [contextLength, nEmbd], 0.01), rows: 'positions' }]
    : [];
}
