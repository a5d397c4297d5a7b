import type { ModelConfig } from '../config/model-config.js';
import type { ParameterStore } from '../parameters/parameter-store.js';
import type { CacheFormat } from './cache-format.js';
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

/**
 * Makes a model of the given parameters. Disposing of the model disposes of the parameters.
 *
 * @param cacheFormat - Format of the keys and values in its caches; f32 by default.
 */
export function modelOf(
  config: ModelConfig,
  parameters: ParameterStore,
  cacheFormat?: CacheFormat,
): Model {
  return {
    config,
    decoder: { ...decoderOf(config), adapters: parameters.adapters, cacheFormat },
    parameters,
    dispose: () => {
      disposed.add(parameters);
      parameters.dispose();
    },
  };
}

/** Whether two models differ in nothing but their adapters, so that one batch can have sequences of both. */
export function canShareBatch(a: Model, b: Model): boolean {
  if (a === b) return true;
  const baseOf = ({ parameters }: Model): ParameterStore => parameters.base ?? parameters;
  if (baseOf(a) !== baseOf(b)) return false;
  return a.config === b.config || JSON.stringify(a.config) === JSON.stringify(b.config);
}

/**
 * Checks that sequences of the model `reader` can be in a batch of `model`: both may differ only in their adapters.
 *
 * @throws Error if `reader` is disposed of; RangeError if more than the adapters differ.
 */
export function checkReader(model: Model, reader: Model): void {
  checkInUse(reader);
  if (canShareBatch(model, reader)) return;
  throw new RangeError(
    'model: expected a model that differs only in its adapters from the model of the batch, got another',
  );
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
