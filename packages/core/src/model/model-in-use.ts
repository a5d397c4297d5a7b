import type { ModelConfig } from '../config/model-config.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { type Decoder, decoderOf } from './decoder.js';

const disposed = new WeakSet<ParameterStore>();

/** Makes a model of the given parameters. Disposing of the model disposes of the parameters. */
export function modelOf(
  config: ModelConfig,
  parameters: ParameterStore,
): {
  readonly config: ModelConfig;
  readonly decoder: Decoder;
  readonly parameters: ParameterStore;
  dispose(): void;
} {
  return {
    config,
    decoder: decoderOf(config),
    parameters,
    dispose: () => {
      disposed.add(parameters);
      parameters.dispose();
    },
  };
}

/**
 * Checks that a model is not disposed of.
 *
 * @throws Error if the model is disposed of, because its memory may be reused.
 */
export function checkInUse({ parameters }: { readonly parameters: ParameterStore }): void {
  if (!disposed.has(parameters)) return;
  throw new Error('model: expected one in use, got one after its dispose(). Load it again');
}
