import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

type Shape = readonly number[];

/** The module that `jest.preset.cjs` loads instead of tfjs's backend. */
const QUICK: string = new URL('../../../../tools/quick-tfjs-cpu.mjs', import.meta.url).pathname;
const SHAPES: readonly (readonly [Shape, Shape])[] = [
  [[3, 4], [3, 4]], // prettier-ignore
  [[3, 4], [4]], // prettier-ignore
  [[3, 4], [3, 1]], // prettier-ignore
  [[3, 1], [1, 4]], // prettier-ignore
  [[2, 1, 5], [3, 1]], // prettier-ignore
  [[2, 3, 4], [2, 1, 4]], // prettier-ignore
  [[], [3, 2]],
  [[1], [3, 2]],
  [[0, 3], [1, 3]], // prettier-ignore
  [[], []],
];
/** Rows, inner columns, columns and the stacks of two factors; tfjs adds up blocks of 48 inner columns. */
const PRODUCTS: readonly (readonly [number, number, number, Shape, Shape])[] = [
  [3, 4, 5, [], []],
  [2, 100, 7, [3], [3]],
  [5, 97, 3, [2, 3], [2, 3]],
  [4, 6, 2, [1], [3]],
  [4, 6, 2, [3], [1]],
  [1, 8, 1, [], []],
  [0, 3, 2, [], []],
  [2, 0, 3, [], []],
];

/** Random floats of a shape. */
const random = (shape: Shape, seed: number): tf.Tensor =>
  tf.randomNormal([...shape], 0, 1, 'float32', seed);
/** A shape and the bits of the floats. */
const bitsOf = (tensor: tf.Tensor): readonly [Shape, Uint32Array] => [
  tensor.shape,
  new Uint32Array(Float32Array.from(tensor.dataSync()).buffer),
];

describe('the backend cpu of specs', () => {
  let originals: Readonly<Record<string, tf.KernelFunc>>;
  beforeAll(async () => {
    tf.env().set('PROD', true); // or it advertises other backends
    ({ ORIGINALS: originals } = (await import(QUICK)) as { ORIGINALS: typeof originals });
  });

  /** Compares a kernel with the one of tfjs. */
  const check = (name: string, inputs: readonly tf.Tensor[], attributes = {}): void => {
    const names = inputs.length === 1 ? ['x'] : ['a', 'b'];
    const named = Object.fromEntries(names.map((key, i) => [key, inputs[i]]));
    const quick = tf.engine().runKernel(name, named, attributes) as unknown as tf.Tensor;
    const found = originals[name]({ inputs: named, backend: tf.backend(), attrs: attributes });
    const plain = tf.engine().makeTensorFromTensorInfo(found as tf.TensorInfo);
    expect(bitsOf(quick)).toEqual(bitsOf(plain));
    expect(quick.dtype).toBe(plain.dtype);
  };

  it.each(['Add', 'Sub', 'Multiply', 'RealDiv'])('has the bits of tfjs in %s', (name) => {
    SHAPES.forEach(([a, b], i) => {
      check(name, [random(a, i), random(b, i + 50)]);
      check(name, [random(b, i + 50), random(a, i)]);
    });
    check(name, [tf.tensor([1, 7, 5], [3], 'int32'), tf.tensor([2], [1], 'int32')]);
  });

  it('has the bits of tfjs in products of matrices', () => {
    for (const [M, K, N, stack, other] of PRODUCTS) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const a = random([...stack, ...(transposeA ? [K, M] : [M, K])], 3);
          const b = random([...other, ...(transposeB ? [N, K] : [K, N])], 4);
          check('BatchMatMul', [a, b], { transposeA, transposeB });
        }
      }
    }
  });

  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]], [[0, 2, 1]], [[1, 2, 0]]])(
    'transposes like tfjs by %j',
    (perm) => {
      check('Transpose', [random([3, 4, 5], 7)], { perm });
    },
  );
});
