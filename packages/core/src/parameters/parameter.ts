import { randomAt } from '../random/random.js';

/** Initialization of a parameter: constant, or normal with mean 0. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** A learned array: its name, shape and initialization. */
export interface ParameterSpec {
  /** Path in the model, `blocks.0.attention.qkv.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** The block that it belongs to, counted from 0; absent outside of blocks. */
  readonly block?: number;
  /** The part of the model outside of blocks that it belongs to; absent in blocks. */
  readonly part?: 'input' | 'output';
  /** The meaning of the rows, if the vocabulary or the context determines their number. */
  readonly rows?: 'tokens' | 'positions';
}

/** Number of entries of an array of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The place of each parameter when all numbers lie one after the other: its first, and the one after its last. */
export function parameterPlaces(
  specs: readonly ParameterSpec[],
): ReadonlyMap<string, { readonly start: number; readonly end: number }> {
  let end = 0;
  return new Map(
    specs.map(({ name, shape }) => [name, { start: end, end: (end += sizeOf(shape)) }]),
  );
}

/** A learned matrix that starts normal with mean 0. */
export function weight(name: string, shape: readonly number[], deviation: number): ParameterSpec {
  return { name, shape, initializer: { kind: 'normal', deviation } };
}

/** A learned vector that starts constant. */
export function constant(name: string, length: number, value: number): ParameterSpec {
  return { name, shape: [length], initializer: { kind: 'constant', value } };
}

/** The weight, `[inDim, outDim]`, and the bias of a linear layer, if it has one. */
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
 * The values a parameter starts with: a function of the seed and the parameter's place in the list.
 *
 * @param index - Place in `parameterSpecs`.
 * @returns row-major, the caller's.
 */
export function initialValues(spec: ParameterSpec, seed: number, index: number): Float32Array {
  const values = new Float32Array(sizeOf(spec.shape));
  if (spec.initializer.kind === 'constant') return values.fill(spec.initializer.value);
  const { deviation } = spec.initializer;
  const random = randomAt({ seed, purpose: 'init', step: 0, stream: index });
  for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal(i);
  return values;
}
