import type { SettingTable } from '../settings/settings.js';

/**
 * Where a model's positions come from: learned vectors, added at the input or before every block; rotations
 * of queries and keys; or nothing, where attention has distances of its own or a layer needs none.
 */
const NAMES = ['input', 'every-layer', 'rotary', 'none'] as const;
type PositionName = (typeof NAMES)[number];

/**
 * One name for all layers, or `rotary` and `none` with commas between them, one a layer from the first on
 * and again from the beginning where there are more layers: `rotary,rotary,rotary,none`.
 */
export type PositionPattern = PositionName | `${PositionName},${string}`;

/** The setting of a model's positions. */
export interface PositionSettings {
  readonly positions: PositionPattern;
}

/** The table of these settings. */
export const POSITION_SETTINGS: SettingTable<PositionSettings> = {
  positions: {
    kind: 'choice',
    choices: NAMES,
    isPattern: true,
    derived: 'input; none where attention is transformer-xl or alibi',
    isLater: true,
    description:
      'Where positions come from: learned and added at the input or before every block, rotations of queries and keys, or none. A list names rotary or none for each layer.',
  },
};

/** What a model says of its positions, its layers and its attention. */
interface GivenPositions {
  readonly positions?: PositionPattern;
  readonly nLayer: number;
  readonly attention: string;
  /** Whether its attention replaces positions. */
  readonly areReplaced: boolean;
  /** Whether its attention can read rotated keys. */
  readonly canRotate: boolean;
}

/**
 * The positions of a model: one name where all layers are alike.
 *
 * @throws RangeError for positions that do not go with the layers or the attention.
 */
export function completePositions(given: GivenPositions): PositionPattern {
  const { positions = given.areReplaced ? 'none' : 'input', nLayer, attention } = given;
  const names = namesOf(positions);
  if (names.length > nLayer) {
    throw new RangeError(
      `positions: expected at most ${nLayer} names (nLayer), got ${names.length} (${positions})`,
    );
  }
  if (given.areReplaced && positions !== 'none') {
    throw new RangeError(
      `positions: expected none with attention ${attention}, which uses only distances, got ${positions}`,
    );
  }
  if (names.includes('rotary') && !given.canRotate) {
    throw new RangeError(
      `positions: expected no rotary with attention ${attention}, which has distances or groups of its own, got ${positions}; choose input`,
    );
  }
  const isOne = names.every((name) => name === names[0]);
  const learned = names.find((name) => name === 'input' || name === 'every-layer');
  if (!isOne && learned !== undefined) {
    throw new RangeError(
      `positions: expected ${learned} alone, as it is added to the stream, got ${positions}`,
    );
  }
  return isOne ? names[0] : positions;
}

const namesOfModel = new WeakMap<PositionSettings, readonly PositionName[]>();

/** The positions of one layer; a model's names are parsed once. */
export function positionsIn(model: PositionSettings, layer: number): PositionName {
  const names = namesOfModel.get(model) ?? namesOf(model.positions);
  namesOfModel.set(model, names);
  return names[layer % names.length];
}

/** Whether some layer turns its queries and keys. */
export function hasRotary({ positions }: PositionSettings): boolean {
  return namesOf(positions).includes('rotary');
}

function namesOf(pattern: PositionPattern): PositionName[] {
  return pattern.split(',') as PositionName[]; // checked at the door
}
