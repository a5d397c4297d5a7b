import type { TensorData } from '@tensorflow/tfjs-backend-cpu/dist/backend_cpu.js';
import * as tf from '@tensorflow/tfjs-core';

type Data = TensorData<tf.DataType>;

/**
 * The backend's tensors. Arrays that it made itself may be used again when their tensor ends, unless
 * somebody saw them: tfjs's own kernels and readers may keep a view, and all of them come through
 * `get`. The kernels of this package keep nothing and come through `peek`.
 */
export class LendingStorage extends tf.DataStorage<Data> {
  readonly #owned = new WeakSet();

  override get(dataId: object): Data {
    this.#owned.delete(dataId);
    return super.get(dataId);
  }

  peek(dataId: object): Data {
    return super.get(dataId);
  }

  /** Adds a tensor whose array is the backend's own. */
  own(dataId: object, values: Float32Array): void {
    this.#owned.add(dataId);
    this.set(dataId, { values, dtype: 'float32', refCount: 1 });
  }

  owns(dataId: object): boolean {
    return this.#owned.has(dataId);
  }
}
