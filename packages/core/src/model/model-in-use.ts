import type { ModelConfig } from '../config/model-config.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { type Decoder, decoderOf } from './decoder.js';

const disposed = new WeakSet<ParameterStore>();

/** A model of the given parameters; disposing of it disposes of them. */
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
 * Checks that a model was not disposed of.
 *
 * @throws Error when the model was disposed of, whose memory may be another's by now.
 */
export function checkInUse({ parameters }: { readonly parameters: ParameterStore }): void {
  if (!disposed.has(parameters)) return;
  throw new Error('model: expected one in use, got one after its dispose(). Load it again');
}
