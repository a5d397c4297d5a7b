import { randomAt } from '../random/random.js';
import { sizeOf, type ParameterSpec } from './parameter.js';

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
