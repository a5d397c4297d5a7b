import { currentEngine } from '../ops/current-engine.js';
import { hostParameterStore } from './host-parameter-store.js';
import type { ParameterEngine } from './parameter-engine.js';
import type { ParameterSpec } from './parameter.js';
import type { ParameterStore } from './parameter-store.js';

/**
 * Makes a parameter store filled with zeros: the current engine's own kind if it has one, otherwise
 * JavaScript arrays.
 */
export function createParameterStore(specs: readonly ParameterSpec[]): ParameterStore {
  const engine: ParameterEngine | undefined = currentEngine();
  return (engine?.createParameterStore ?? hostParameterStore)(specs);
}
