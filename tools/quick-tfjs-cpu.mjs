/**
 * tfjs's backend `cpu` with faster loops, to which `jest.preset.cjs` maps the package. Its own loops make arrays of
 * coordinates for each number that is broadcast or transposed, and compute four indices for each product, which took
 * most of the time of specs that train. These loops add in the same order, so they give the same bits.
 */
import * as tf from '@tensorflow/tfjs-core';
import cpu from '../node_modules/@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.es2017.js';

export const { MathBackendCPU, shared, version_cpu } = cpu;

const { Float32Array } = globalThis; // jest's sandbox takes long to look it up

/** Original tfjs kernels by name. `quick-tfjs-cpu.spec.ts` compares the faster kernels with them. */
export const ORIGINALS = {};

/** Loops over two arrays of the same length. */
const LOOPS = {
  [tf.Add]: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] + b[i];
  },
  [tf.Sub]: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
  },
  [tf.Multiply]: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] * b[i];
  },
  [tf.RealDiv]: (a, b, out) => {
    for (let i = 0; i < out.length; i++) out[i] = a[i] / b[i];
  },
};

for (const [name, loop] of Object.entries(LOOPS)) {
  replaceKernel(name, ({ inputs: { a, b } }, arrayOf) => {
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const out = new Float32Array(tf.util.sizeFromShape(shape));
    loop(broadcast(arrayOf(a), a.shape, shape), broadcast(arrayOf(b), b.shape, shape), out);
    return [out, shape];
  });
}

replaceKernel(tf.Transpose, ({ inputs: { x }, attrs: { perm } }, arrayOf) => {
  const strides = stridesOf(x.shape);
  const shape = perm.map((axis) => x.shape[axis]);
  const order = perm.map((axis) => strides[axis]);
  return [gather(arrayOf(x), shape, order), shape];
});

replaceKernel(tf.BatchMatMul, ({ inputs: { a, b }, backend, attrs }, arrayOf) => {
  const left = rowsOf(a.shape, arrayOf(a), attrs.transposeA);
  const right = rowsOf(b.shape, arrayOf(b), !attrs.transposeB);
  const [M, K, N] = [left.rows, left.columns, right.rows];
  tf.util.assert(K === right.columns, () => `matMul: expected ${K} rows, got ${right.columns}`);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(left.batch, right.batch);
  const count = tf.util.sizeFromShape(batch);
  const out = new Float32Array(count * M * N);
  multiply(left.values, right.values, out, { count, M, K, N, blockSize: backend.blockSize });
  return [out, [...batch, M, N]];
});

/** Returns the values of a stack of matrices row by row; of the transposed matrices if `isTransposed`. */
function rowsOf(shape, values, isTransposed) {
  const batch = shape.slice(0, -2);
  const [R, C] = shape.slice(-2);
  if (!isTransposed) return { batch, rows: R, columns: C, values };
  const stack = [tf.util.sizeFromShape(batch), C, R];
  return { batch, rows: C, columns: R, values: gather(values, stack, [R * C, 1, C]) };
}

/**
 * Computes the products of all pairs of rows of two stacks of matrices. As in tfjs, the sum over a block of columns is
 * a double, which is added to a float.
 */
function multiply(a, b, out, { count, M, K, N, blockSize }) {
  let to = 0;
  for (let matrix = 0; matrix < count; matrix++) {
    const fromA = (matrix * M * K) % a.length;
    const fromB = (matrix * N * K) % b.length;
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++, to++) {
        const x = fromA + i * K;
        const y = fromB + j * K;
        for (let k0 = 0; k0 < K; k0 += blockSize) {
          const end = k0 + blockSize < K ? k0 + blockSize : K;
          let sum = 0;
          for (let k = k0; k < end; k++) sum += a[x + k] * b[y + k];
          out[to] += sum;
        }
      }
    }
  }
}

/** Replaces a kernel for tensors of floats. */
function replaceKernel(kernelName, compute) {
  const { kernelFunc: original } = tf.getKernel(kernelName, 'cpu');
  ORIGINALS[kernelName] = original;
  const kernelFunc = (args) => {
    const { inputs, backend } = args;
    for (const name in inputs) if (inputs[name].dtype !== 'float32') return original(args);
    const [values, shape] = compute(args, ({ dataId }) => backend.data.get(dataId).values);
    return backend.makeTensorInfo(shape, 'float32', values);
  };
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc });
}

function stridesOf(shape) {
  return shape.length === 0 ? [] : [...tf.util.computeStrides(shape), 1];
}

/** Returns values of a shape, repeated along axes which it lacks or in which its size is 1. */
function broadcast(values, own, shape) {
  if (values.length === tf.util.sizeFromShape(shape)) return values;
  const strides = stridesOf(own);
  const lacking = shape.length - own.length;
  const strideOf = (axis) => (axis < 0 || own[axis] === 1 ? 0 : strides[axis]);
  return gather(
    values,
    shape,
    shape.map((_, axis) => strideOf(axis - lacking)),
  );
}

/** Returns the values of an array in the order of a shape, whose axes have these strides in the array. */
function gather(values, shape, strides) {
  const out = new Float32Array(tf.util.sizeFromShape(shape));
  const last = shape.length - 1;
  let written = 0;
  const fill = (axis, from) => {
    const size = shape[axis];
    const stride = strides[axis];
    if (axis < last) {
      for (let i = 0; i < size; i++) fill(axis + 1, from + i * stride);
      return;
    }
    for (let i = 0; i < size; i++) out[written++] = values[from + i * stride];
  };
  if (last < 0) out[0] = values[0];
  else fill(0, 0);
  return out;
}
