import { plainCrossEntropy } from '@ramble/node/testing';
import * as tf from '@tensorflow/tfjs-core';

import { expectPlain } from '../../test/expect-plain.js';
import { readJson } from '../../test/read-fixture.js';
import { crossEntropy, type CrossEntropyOptions, type Losses, oneHot } from './cross-entropy.js';

const [N, C, V] = [10, 6, 7];
const targets = [3, 0, 6, 3, 3, 1, 2, 5, 4, 0];
const weights = [0.1, 0.2, 0, 0.3, 0.4, 0.1, 0, 0.5, 0.6, 0.7];

describe('crossEntropy', () => {
  const share = 0.2 / (V - 1);
  it.each<[string, CrossEntropyOptions, (id: number, target: number) => number, number]>([
    ['plain', {}, (id, target) => (id === target ? 1 : 0), 0],
    ['z-loss', { zLoss: 0.3 }, (id, target) => (id === target ? 1 : 0), 0],
    [
      "torch's label smoothing",
      { labelSmoothing: 0.2 },
      (id, target) => (id === target ? 0.8 : 0) + 0.2 / V,
      0,
    ],
    [
      "tensor2tensor's label smoothing",
      { labelSmoothing: 0.2, smoothingRule: 'tensor2tensor' },
      (id, target) => (id === target ? 0.8 : share),
      -(0.8 * Math.log(0.8) + 0.2 * Math.log(share)),
    ],
  ])('compares with the target distribution: %s', (_, options, wanted, entropy) => {
    const total = weights.reduce((sum, weight) => sum + weight);
    const { zLoss } = options;
    expectPlain({
      inputs: { hidden: [N, C], projection: [V, C] },
      op: lossOp({ targets, weights }, options),
      plain: ({ hidden, projection }) => {
        const loss = plainCrossEntropy(hidden, projection, { targets, weights, wanted, zLoss });
        return [loss - total * entropy];
      },
    });
  });

  it('adds the divergence of both predictions of each target: R-Drop', () => {
    const half = N / 2;
    const ofHalf = weights.slice(0, half);
    const options = { targets: targets.slice(0, half), weights: ofHalf };
    const paired = { targets: twice(options.targets), weights: twice(ofHalf) };
    expectPlain({
      inputs: { hidden: [N, C], projection: [V, C] },
      op: lossOp(paired, { rDrop: 3 }),
      plain: ({ hidden, projection }) => {
        const wanted = (id: number, target: number): number => (id === target ? 1 : 0);
        const loss = plainCrossEntropy(hidden, projection, { ...paired, wanted });
        const logs = Array.from({ length: N }, (_, row) => plainLogs(hidden, projection, row));
        const apart = ofHalf.map((weight, row) => {
          const [p, q] = [logs[row], logs[row + half]];
          const both = p.map((log, id) => (Math.exp(log) - Math.exp(q[id])) * (log - q[id]));
          return (weight * 3 * both.reduce((sum, each) => sum + each)) / 2;
        });
        return [loss + apart.reduce((sum, each) => sum + each)];
      },
    });
  });

  it('returns no gradient for an ignored position, for any target', () => {
    const gradientWith = (ignored: number): Float32Array => {
      const others = [...targets];
      others[2] = ignored;
      const loss = (hidden: tf.Tensor): tf.Tensor =>
        lossOf(hidden as tf.Tensor2D, tf.eye(V, C), others).loss; // [N, C]
      return tf
        .grad(loss)(tf.ones([N, C]))
        .dataSync<'float32'>();
    };
    expect([...gradientWith(1).subarray(2 * C, 3 * C)]).toEqual(new Array(C).fill(0));
    expect(gradientWith(1)).toEqual(gradientWith(6));
  });

  it('returns the loss of each position, unweighted', () => {
    const { perPosition } = lossOf(tf.zeros([N, C]), tf.zeros([V, C]), targets);
    expect(perPosition.dataSync()).toBeAllClose(new Array(N).fill(Math.log(V)));
  });
});

/** Returns the loss as a function of hidden states, `[N, C]`, and the projection, `[V, C]`. */
function lossOp(
  rows: { readonly targets: number[]; readonly weights: number[] },
  options: CrossEntropyOptions,
): (inputs: Readonly<Record<'hidden' | 'projection', tf.Tensor>>) => tf.Scalar {
  return ({ hidden, projection }) =>
    crossEntropy(
      hidden as tf.Tensor2D, // ranks as above
      projection as tf.Tensor2D,
      tf.tensor1d(rows.targets, 'int32'),
      tf.tensor1d(rows.weights),
      options,
    ).loss;
}

function twice(numbers: readonly number[]): number[] {
  return [...numbers, ...numbers];
}

/** Returns the log probabilities of a row of hidden states. */
function plainLogs(
  hidden: ArrayLike<number>,
  projection: ArrayLike<number>,
  row: number,
): number[] {
  const logits = Array.from({ length: V }, (_, id) =>
    Array.from({ length: C }, (__, c) => hidden[row * C + c] * projection[id * C + c]).reduce(
      (sum, each) => sum + each,
    ),
  );
  const logSumExp = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  return logits.map((logit) => logit - logSumExp);
}

function lossOf(hidden: tf.Tensor2D, projection: tf.Tensor2D, ids: number[]): Losses {
  return crossEntropy(hidden, projection, tf.tensor1d(ids, 'int32'), tf.tensor1d(weights));
}

interface LossCase {
  readonly name: string;
  readonly logits?: number[][];
  readonly targets?: number[];
  readonly loss: number;
  readonly gradLogits: number[][];
}
const fixture = readJson('optimizers/losses.json') as {
  readonly logits: number[][];
  readonly targets: number[];
  readonly weights: number[];
  readonly cases: LossCase[];
}; // fixtures/optimizers/README.md

describe("crossEntropy against PyTorch's losses", () => {
  /** Returns the options that a case's name describes. */
  const optionsOf = (name: string): CrossEntropyOptions => {
    const number = Number(/ (\d\S*)/.exec(name)?.[1] ?? 0);
    if (name.startsWith('z-loss')) return { zLoss: number };
    if (!name.startsWith('label smoothing')) return {};
    const smoothingRule = name.endsWith('t2t') ? 'tensor2tensor' : 'torch';
    return { labelSmoothing: number, smoothingRule };
  };

  it.each(fixture.cases.map((lossCase) => [lossCase.name, lossCase] as const))(
    '%s',
    (name, given) => {
      const ids = given.targets ?? fixture.targets;
      const shares = name.endsWith('weighted')
        ? fixture.weights
        : ids.map((id) => (id < 0 ? 0 : 1));
      const total = shares.reduce((sum, share) => sum + share);
      const loss = (logits: tf.Tensor): tf.Scalar =>
        crossEntropy(
          logits as tf.Tensor2D, // [N, V]
          tf.eye(fixture.logits[0].length),
          tf.tensor1d(
            ids.map((id) => Math.max(0, id)),
            'int32',
          ),
          tf.tensor1d(shares.map((share) => share / total)),
          optionsOf(name),
        ).loss;
      const logits = tf.tensor2d(given.logits ?? fixture.logits);
      expect([loss(logits).dataSync()[0]]).toBeAllClose([given.loss], { atol: 1e-5, rtol: 1e-6 });
      expect(tf.grad(loss)(logits).dataSync()).toBeAllClose(given.gradLogits.flat(), {
        atol: 1e-5,
      });
    },
  );
});

describe('oneHot', () => {
  it('marks the id of each row', () => {
    const rows = oneHot(tf.tensor1d([2, 0, 2], 'int32'), 4);
    expect(rows.shape).toEqual([3, 4]);
    expect([...rows.dataSync()]).toEqual([0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    expect([...oneHot(tf.tensor1d([0, 0], 'int32'), 1).dataSync()]).toEqual([1, 1]);
  });
});
