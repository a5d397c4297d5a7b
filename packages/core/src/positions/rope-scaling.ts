/** Ways to stretch rotary positions beyond the length that a model was first trained on. */

import { shownText, shownValue } from '../files/shown-text.js';

/** A scaling of rotary positions. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFactor: number;
      readonly highFactor: number;
      /** Context length of the first training. */
      readonly original: number;
    }
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly original: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Factor of cosines and sines. Attention scores grow by its square. */
      readonly attentionFactor: number;
      /** Whether the ends of the ramp, from unscaled to scaled frequencies, are rounded to integers. */
      readonly isRounded: boolean;
    }
  | { readonly kind: 'dynamic'; readonly factor: number; readonly original: number }
  | {
      readonly kind: 'longrope';
      /**
       * Divisors of the frequencies: `shortFactors` in contexts of up to `original` positions, `longFactors`
       * in longer ones.
       */
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly original: number;
      readonly attentionFactor: number;
    };

/** Settings from which the frequencies of a rotation are computed. */
export interface RopeShape {
  readonly theta: number;
  /** Number of columns of a head to rotate, R; even. */
  readonly columns: number;
  readonly contextLength: number;
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
 * Checks a scaling.
 *
 * @param name - Name of the setting in messages.
 * @throws TypeError or RangeError that names the field.
 */
export function checkRopeScaling(
  value: unknown,
  name = 'ropeScaling',
): asserts value is RopeScaling {
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

/**
 * Checks that the field `less` is below the field `more`, if both are given.
 *
 * @throws RangeError if it is not.
 */
function checkOrder(given: Readonly<Record<string, unknown>>, less: string, more: string): void {
  const [low, high] = [given[less], given[more]] as (number | undefined)[]; // checked before
  if (low === undefined || high === undefined || low < high) return;
  throw new RangeError(`ropeScaling.${more}: expected more than ${less} (${low}), got ${high}`);
}

/**
 * Returns the frequency of each pair of columns, `[R / 2]`, in radians per position. Numbers are rounded to
 * 32 bits at the same places as in Hugging Face.
 *
 * @see transformers, modeling_rope_utils.py, for all scalings
 */
export function ropeFrequencies(shape: RopeShape, scaling?: RopeScaling): Float32Array {
  const { theta, columns: R, contextLength } = shape;
  const plain = inverseFrequencies(theta, R);
  switch (scaling?.kind) {
    case undefined:
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'llama3':
      return plain.map((frequency) => llama3Frequency(frequency, scaling));
    case 'yarn':
      return yarnFrequencies(plain, shape, scaling);
    case 'dynamic': {
      // The context is the whole context in every pass, so that frequencies do not depend on earlier passes.
      const { factor, original } = scaling;
      const longest = Math.max(original, contextLength);
      const stretch = (factor * longest) / original - (factor - 1);
      return inverseFrequencies(theta * stretch ** (R / (R - 2)), R);
    }
    case 'longrope': {
      const { shortFactors, longFactors, original } = scaling;
      const divisors = contextLength > original ? longFactors : shortFactors;
      return plain.map(
        (_, i) => 1 / Math.fround(divisors[i] * Math.fround(theta ** ((2 * i) / R))),
      );
    }
  }
}

/** Returns the factor of the cosines and sines. */
export function ropeAttentionFactor(scaling?: RopeScaling): number {
  return scaling && 'attentionFactor' in scaling ? scaling.attentionFactor : 1;
}

function inverseFrequencies(theta: number, R: number): Float32Array {
  return Float32Array.from({ length: R / 2 }, (_, i) => {
    return 1 / Math.fround(theta ** Math.fround((2 * i) / R));
  });
}

/** Keeps high frequencies, divides low ones, and interpolates between them. */
function llama3Frequency(
  frequency: number,
  { factor, lowFactor, highFactor, original }: Extract<RopeScaling, { kind: 'llama3' }>,
): number {
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < original / highFactor) return frequency;
  if (wavelength > original / lowFactor) return frequency / factor;
  const smooth = (original / wavelength - lowFactor) / (highFactor - lowFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/**
 * Returns frequencies scaled by YaRN: keeps high ones and divides low ones, with a linear ramp between.
 *
 * @see Peng et al. 2023, section 3.2 (NTK-by-parts), https://arxiv.org/abs/2309.00071
 */
function yarnFrequencies(
  plain: Float32Array,
  { theta, columns: R }: RopeShape,
  { factor, original, betaFast, betaSlow, isRounded }: Extract<RopeScaling, { kind: 'yarn' }>,
): Float32Array {
  const columnOf = (rotations: number): number =>
    (R * Math.log(original / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const [low, high] = [columnOf(betaFast), columnOf(betaSlow)];
  const from = Math.max(0, isRounded ? Math.floor(low) : low);
  const to = Math.min(R - 1, isRounded ? Math.ceil(high) : high);
  const length = from === to ? 0.001 : to - from; // as in transformers
  return plain.map((frequency, i) => {
    const ramp = Math.min(1, Math.max(0, (i - from) / length));
    return (frequency / factor) * ramp + frequency * (1 - ramp);
  });
}
