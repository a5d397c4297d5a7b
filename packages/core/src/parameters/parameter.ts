import { randomAt } from '../random/random.js';

/** Initial values of a parameter: constant, or normal with mean 0. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** A learned array: its name, shape and initial values. */
export interface ParameterSpec {
  /** Path in the model, such as `blocks.0.attention.qkv.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Index of the parameter's block, from 0; absent outside of blocks. */
  readonly block?: number;
  /** Part of the model to which a parameter outside of blocks belongs; absent for parameters of blocks. */
  readonly part?: 'input' | 'output';
  /**
   * Kind of a table's rows: one for each token of the vocabulary, or one for each position of the context. Absent for
   * other parameters.
   */
  readonly rows?: 'tokens' | 'positions';
}

/** Returns the number of entries of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Returns the range of each parameter, by name, in an array of all parameters: the first index, and the index after
 * the last.
 */
export function parameterPlaces(
  specs: readonly ParameterSpec[],
): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  let end = 0;
  return new Map(
    specs.map(({ name, shape }) => [name, { start: end, end: (end += sizeOf(shape)) }]),
  );
}

/** Returns the spec of a learned matrix with normal initial values of mean 0. */
export function weight(name: string, shape: readonly number[], deviation: number): ParameterSpec {
  return { name, shape, initializer: { kind: 'normal', deviation } };
}

/** Returns the spec of a learned vector with constant initial values. */
export function constant(name: string, length: number, value: number): ParameterSpec {
  return { name, shape: [length], initializer: { kind: 'constant', value } };
}

/** Returns the specs of the weight of a linear layer, `[inDim, outDim]`, and of its optional bias, `[outDim]`. */
export function linearSpecs(
  name: string,
  inDim: number,
  outDim: number,
  deviation: number,
  hasBias = true,
): ParameterSpec[] {
  return [
    weight(`${name}.weight`, [inDim, outDim], deviation),
    ...(hasBias ? [constant(`${name}.bias`, outDim, 0)] : []),
  ];
}

/**
 * Returns the initial values of a parameter, which depend only on the seed and the parameter's index.
 *
 * @param index - Index in `parameterSpecs`.
 * @returns the values, row-major; the caller owns the array.
 */
export function initialValues(spec: ParameterSpec, seed: number, index: number): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.initializer.kind === 'constant') return values.fill(spec.initializer.value);
  const { deviation } = spec.initializer;
  const random = randomAt({ seed, purpose: 'init', step: 0, stream: index });
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal(i);
  return values;
}

/**
 * Checks that all token ids are in the vocabulary: integers from 0 to `vocabSize - 1`.
 *
 * @throws RangeError that names the first id out of range.
 */
export function checkIds(name: string, ids: ArrayLike<number>, vocabSize: number): void {
  for (let i = 0; i < ids.length; i++) {
    if (!Number.isInteger(ids[i]) || ids[i] < 0 || ids[i] >= vocabSize) {
      throw new RangeError(
        `${name}: expected ids from 0 to ${vocabSize - 1}, got ${ids[i]} at position ${i}`,
      );
    }
  }
}
