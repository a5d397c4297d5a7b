/** Ways to stretch rotary positions beyond the length that a model was first trained on. */

/** A scaling of the frequencies of rotary positions, as in `rope_scaling` of Hugging Face configs. */
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
interface RopeShape {
  readonly theta: number;
  /** Number of columns of a head to rotate, R; even. */
  readonly columns: number;
  readonly contextLength: number;
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

/** Returns the factor by which a scaling multiplies the cosines and sines; 1 if it has none. */
function ropeAttentionFactor(scaling?: RopeScaling): number {
  return scaling && 'attentionFactor' in scaling ? scaling.attentionFactor : 1;
}

function inverseFrequencies(theta: number, R: number): Float32Array {
  return Float32Array.from({ length: R / 2 }, (_, i) => {
    return 1 / Math.fround(theta ** Math.fround((2 * i) / R));
  });
}

/**
 * Returns a frequency scaled as in Llama 3: high frequencies stay, low ones are divided by `factor`, and frequencies
 * between them are interpolated.
 */
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
 * Returns frequencies scaled by YaRN: high ones stay and low ones are divided by `factor`, with a linear ramp
 * between.
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

/** Settings of rotary positions; absent in models without them. */
export interface RotarySettings {
  /** Base of the frequencies. */
  readonly ropeTheta?: number;
  /**
   * Base of the frequencies in layers with a sliding window. If it is given, these frequencies are not scaled; by
   * default, they equal the frequencies of the other layers.
   */
  readonly ropeWindowTheta?: number;
  /** Fraction of a head's columns to rotate; all by default. */
  readonly ropeShare?: number;
  readonly ropeScaling?: RopeScaling;
}

/** The settings of a model that its rotations depend on. */
export interface RotaryModel extends RotarySettings {
  readonly headDim: number;
  readonly contextLength: number;
}

/** Rotation of a layer's queries and keys. */
export interface Rotation {
  /** Number of columns of a head to rotate, R. */
  readonly columns: number;
  /** Angle per position of each pair of columns, in radians, `[R / 2]`. */
  readonly frequencies: Float32Array;
  /** Factor of the cosines and sines. */
  readonly factor: number;
}

/**
 * Computes the rotation of queries and keys.
 *
 * @param isWindow - Whether the base is `ropeWindowTheta`, whose frequencies are never scaled.
 */
export function rotationOf(model: RotaryModel, isWindow: boolean): Rotation {
  const { ropeTheta = 10_000, ropeWindowTheta = ropeTheta, contextLength } = model;
  const [theta, scaling] = isWindow ? [ropeWindowTheta] : [ropeTheta, model.ropeScaling];
  const columns = columnsOf(model);
  return {
    columns,
    frequencies: ropeFrequencies({ theta, columns, contextLength }, scaling),
    factor: ropeAttentionFactor(scaling),
  };
}

/** Returns the number of columns of a head to rotate. */
export function columnsOf({ headDim, ropeShare = 1 }: RotaryModel): number {
  return Math.floor(headDim * ropeShare);
}

/**
 * Returns the cosines and sines of the angles of some positions, `[N, R]`: R / 2 of each. Angles are rounded
 * to 32 bits, as in Hugging Face.
 */
export function rotationAngles(
  { columns: R, frequencies, factor }: Rotation,
  positions: ArrayLike<number>,
): Float32Array {
  const angles = new Float32Array(positions.length * R);
  for (let row = 0; row < positions.length; row++) {
    for (let i = 0; i < R / 2; i++) {
      const angle = Math.fround(positions[row] * frequencies[i]);
      angles[row * R + i] = factor * Math.cos(angle);
      angles[row * R + R / 2 + i] = factor * Math.sin(angle);
    }
  }
  return angles;
}
