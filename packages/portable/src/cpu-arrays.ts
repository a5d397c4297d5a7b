import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import type { ArrayBackend, Numbers } from './array-backend.js';
import { multiplyRows, multiplyTransposed, transpose } from './multiply.js';

/** Below so many rows, transposing b takes longer than it saves. */
const FEW_ROWS = 8;

/** Access to the tensors of tfjs's backend cpu, which are JavaScript arrays. */
export function cpuArrays(backend: MathBackendCPU): ArrayBackend {
  const compute: ArrayBackend['compute'] = (inputs, shapes, fill) => {
    const outputs = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
    // The cast: tensors of floats and ids, as every op here has.
    fill(
      inputs.map(({ dataId }) => backend.readSync(dataId) as Numbers),
      outputs,
    );
    return shapes.map((shape, i) =>
      tf
        .engine()
        .makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32', outputs[i])),
    );
  };
  return {
    compute,
    product: (a, b, transposed = {}) => {
      const [M, K] = transposed.a ? [a.shape[1], a.shape[0]] : a.shape;
      const N = transposed.b ? b.shape[0] : b.shape[1];
      const [product] = compute([a, b], [[M, N]], ([left, right], [out]) => {
        if (M < FEW_ROWS && !transposed.a && !transposed.b) {
          multiplyRows(left, right, out, M, K, N);
          return;
        }
        multiplyTransposed(
          transposed.a ? transpose(left, K, M) : left,
          transposed.b ? right : transpose(right, K, N),
          out,
          M,
          K,
          N,
        );
      });
      return product as tf.Tensor2D; // [M, N]
    },
  };
}
