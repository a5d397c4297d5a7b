import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from './array-backend.js';

/** Access to the tensors of tfjs's backend wasm, which lie in one growing memory; products are XNNPACK's. */
export function wasmArrays(backend: BackendWasm): ArrayBackend {
  // The cast: tensors of floats and ids, as every op here has.
  const view = (info: tf.TensorInfo): Numbers => backend.typedArrayFromHeap(info) as Numbers;
  return {
    compute: (inputs, shapes, fill) => {
      const outputs = shapes.map((shape) => backend.makeOutput([...shape], 'float32'));
      // Views are made last: when the memory grows it moves, and leaves the earlier ones behind.
      const arrays = outputs.map((info) => view(info).fill(0) as Float32Array); // float32, as made
      fill(inputs.map(view), arrays);
      return outputs.map((info) => tf.engine().makeTensorFromTensorInfo(info));
    },
    // Transposing first is 10 to 25 times as fast as tfjs's products of transposed matrices, which
    // are plain loops.
    product: (a, b, transposed = {}) =>
      tf.matMul(transposed.a ? tf.transpose(a) : a, transposed.b ? tf.transpose(b) : b),
  };
}
