import { shownText, shownValue } from '../files/shown-text.js';
import type { SettingTable } from '../settings/settings.js';
import { columnsOf, type RopeScaling, type RotaryModel, type RotarySettings } from './rotary.js';

/**
 * All kinds of position encoding: learned vectors, added at the input (`input`) or before every block
 * (`every-layer`); rotations of queries and keys (`rotary`); or `none`.
 * - `mixes`: whether a model may combine the kind with other such kinds in different layers.
 * - `turns`: whether it rotates queries and keys, which requires attention with `heads: 'any'`.
 */
const POSITION_KINDS = {
  input: { mixes: false, turns: false },
  'every-layer': { mixes: false, turns: false },
  rotary: { mixes: true, turns: true },
  none: { mixes: true, turns: false },
} as const;

export type PositionName = keyof typeof POSITION_KINDS;

/**
 * One name for all layers, or a list of `rotary` and `none` with commas between them, one per layer. The list
 * repeats if the model has more layers: `rotary,rotary,rotary,none`.
 */
export type PositionPattern = PositionName | `${PositionName},${string}`;

/** The setting that chooses the position encoding of a model. */
export interface PositionSettings {
  readonly positions: PositionPattern;
}

/** Returns the names in a pattern: one per layer, for the first layers of the model. */
function namesOf(pattern: PositionPattern): PositionName[] {
  return pattern.split(',') as PositionName[]; // checked with the config
}

/** Whether some layers of a pattern rotate queries and keys (`rotary`). */
export function rotates(pattern: PositionPattern): boolean {
  return namesOf(pattern).some((name) => POSITION_KINDS[name].turns);
}

/** Table of the setting of positions. */
export const POSITION_SETTINGS: SettingTable<PositionSettings> = {
  positions: {
    kind: 'choice',
    choices: Object.keys(POSITION_KINDS) as PositionName[], // its own keys
    isPattern: true,
    derived: 'input; none if attention is transformer-xl or alibi',
    isLater: true,
    description:
      'Kind of positions: learned vectors added at the input or before every block, rotations of queries and keys, or none. A list names rotary or none for each layer.',
  },
};

/** Settings of a model from which its positions are derived. */
interface GivenPositions {
  readonly positions?: PositionPattern;
  readonly nLayer: number;
  readonly attention: string;
  /** Whether the model's attention itself encodes distances, so that the only possible value is `none`. */
  readonly areReplaced: boolean;
  /** Whether the model's attention supports rotated keys. */
  readonly canRotate: boolean;
}

/**
 * Completes and checks the positions of a model; returns one name if all layers are alike.
 *
 * @throws RangeError for positions that do not fit the layers or the attention.
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
  const turning = names.find((name) => POSITION_KINDS[name].turns);
  if (turning !== undefined && !given.canRotate) {
    throw new RangeError(
      `positions: expected no ${turning} with attention ${attention}, which has distances or groups of its own, got ${positions}; choose input`,
    );
  }
  const isOne = names.every((name) => name === names[0]);
  const alone = names.find((name) => !POSITION_KINDS[name].mixes);
  if (!isOne && alone !== undefined) {
    throw new RangeError(
      `positions: expected ${alone} alone, as it is added to the stream, got ${positions}`,
    );
  }
  return isOne ? names[0] : positions;
}

const OWNER = 'where positions are rotary';

/** Table of the settings of rotary positions. */
export const ROTARY_SETTINGS: SettingTable<RotarySettings> = {
  ropeTheta: {
    kind: 'number',
    min: 1,
    exclusive: 'min',
    derived: `10,000 ${OWNER}`,
    isLater: true,
    description: 'Base of the frequencies of rotary positions.',
  },
  ropeWindowTheta: {
    kind: 'number',
    min: 1,
    exclusive: 'min',
    derived: `ropeTheta ${OWNER}`,
    isLater: true,
    description:
      'Base of the frequencies in layers whose attention is window; these are never scaled.',
  },
  ropeShare: {
    kind: 'number',
    min: 0,
    max: 1,
    exclusive: 'min',
    derived: `1 ${OWNER}`,
    isLater: true,
    description: "Fraction of a head's columns that rotary positions rotate.",
  },
  ropeScaling: {
    kind: 'object',
    check: checkRopeScaling,
    derived: 'none',
    isLater: true,
    description:
      'Scaling of rotary positions beyond the length of the first training: linear, llama3, yarn, dynamic or longrope, such as {"kind":"linear","factor":2}.',
  },
};

/**
 * Checks the settings of rotary positions and sets the default of `ropeTheta`, 10,000.
 *
 * @param positions - Names of the position encodings of the model, with commas between them.
 * @throws RangeError for settings of a model without rotary positions, or settings that do not fit its heads.
 */
export function completeRotary(model: RotaryModel, positions: string): RotarySettings {
  const { ropeTheta, ropeWindowTheta, ropeShare, ropeScaling } = model;
  const given = { ropeTheta, ropeWindowTheta, ropeShare, ropeScaling };
  if (!positions.split(',').includes('rotary')) {
    const extra = Object.entries(given).find(([, value]) => value !== undefined);
    if (!extra) return given;
    throw new RangeError(
      `${extra[0]}: expected no value unless positions are rotary (they are ${positions}), got ${JSON.stringify(extra[1])}`,
    );
  }
  const columns = columnsOf(model);
  if (columns < 2 || columns % 2 !== 0) {
    throw new RangeError(
      `headDim: expected an even number of columns that rotary positions turn in pairs, got ${columns}; choose another nEmbd, nHead or headDim, or other positions`,
    );
  }
  if (ropeScaling?.kind === 'dynamic' && columns < 4) {
    throw new RangeError(
      `headDim: expected 4 or more columns that turn with ropeScaling dynamic, which stretches all pairs but the first, got ${columns}`,
    );
  }
  if (ropeScaling?.kind === 'longrope') {
    for (const name of ['shortFactors', 'longFactors'] as const) {
      const { length } = ropeScaling[name];
      if (length === columns / 2) continue;
      throw new RangeError(
        `ropeScaling.${name}: expected ${columns / 2} numbers, one for each pair of columns, got ${length}`,
      );
    }
  }
  return { ...given, ropeTheta: ropeTheta ?? 10_000 };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

/** Kinds of fields of a scaling: the expected value in words, and its check. */
const FIELD_KINDS = {
  factor: ['a number of at least 1', (value) => isPositive(value) && value >= 1],
  positive: ['a number above 0', isPositive],
  count: ['an integer of at least 1', (value) => isPositive(value) && Number.isSafeInteger(value)],
  boolean: ['true or false', (value) => typeof value === 'boolean'],
  list: [
    'a list of numbers above 0',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isPositive),
  ],
} as const satisfies Record<string, readonly [string, (value: unknown) => boolean]>;

type FieldKind = keyof typeof FIELD_KINDS;

/** Fields of each kind of scaling. */
const FIELDS: Readonly<Record<RopeScaling['kind'], Readonly<Record<string, FieldKind>>>> = {
  linear: { factor: 'factor' },
  llama3: { factor: 'factor', lowFactor: 'positive', highFactor: 'positive', original: 'count' },
  yarn: {
    factor: 'factor',
    original: 'count',
    betaFast: 'positive',
    betaSlow: 'positive',
    attentionFactor: 'positive',
    isRounded: 'boolean',
  },
  dynamic: { factor: 'factor', original: 'count' },
  longrope: {
    shortFactors: 'list',
    longFactors: 'list',
    original: 'count',
    attentionFactor: 'positive',
  },
};

/**
 * Checks the value of a setting of type `RopeScaling`.
 *
 * @param name - Name of the setting for error messages.
 * @throws TypeError or RangeError that names the wrong field.
 */
function checkRopeScaling(value: unknown, name = 'ropeScaling'): asserts value is RopeScaling {
  const { kind, ...given } = (value ?? {}) as Record<string, unknown>; // checked field by field
  if (typeof kind !== 'string' || !Object.hasOwn(FIELDS, kind)) {
    const known = Object.keys(FIELDS).join(', ');
    throw new RangeError(`${name}: expected a kind of ${known}, got ${shownValue(kind)}`);
  }
  const fields = FIELDS[kind as RopeScaling['kind']]; // `undefined` for other kinds
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(fields, key));
  if (unknown !== undefined) {
    throw new TypeError(`${name}.${shownText(unknown)}: unknown setting of ${kind}`);
  }
  for (const [key, field] of Object.entries(fields)) {
    const [expected, fits] = FIELD_KINDS[field];
    if (fits(given[key])) continue;
    throw new RangeError(`${name}.${key}: expected ${expected}, got ${shownValue(given[key])}`);
  }
  checkOrder(given, 'lowFactor', 'highFactor');
  checkOrder(given, 'betaSlow', 'betaFast');
}

/** Throws a RangeError unless the field `less` is below the field `more`, if both are given. */
function checkOrder(given: Readonly<Record<string, unknown>>, less: string, more: string): void {
  const [low, high] = [given[less], given[more]] as (number | undefined)[]; // checked before
  if (low === undefined || high === undefined || low < high) return;
  throw new RangeError(`ropeScaling.${more}: expected more than ${less} (${low}), got ${high}`);
}
