import type { ModelConfig } from '../config/model-config.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import { type Decoder, decoderOf } from './decoder.js';

const disposed = new WeakSet<ParameterStore>();

/** A transformer: its config and parameters, on the backend that was current when it was made. */
export interface Model {
  readonly config: ModelConfig;
  /** The compiled config. */
  readonly decoder: Decoder;
  readonly parameters: ParameterStore;
  dispose(): void;
}

/** Makes a model of the given parameters. Disposing of the model disposes of the parameters. */
export function modelOf(config: ModelConfig, parameters: ParameterStore): Model {
  return {
    config,
    decoder: { ...decoderOf(config), lora: parameters.lora },
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
export function checkInUse({ parameters }: Model): void {
  if (!disposed.has(parameters)) return;
  throw new Error('model: expected one in use, got one after its dispose(). Load it again');
}
