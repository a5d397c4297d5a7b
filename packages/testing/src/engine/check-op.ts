import { type Engine, registerComposedKernels } from '@ramble/core/engine';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { assertClose, assertEqual, randomValues, type TestRunner } from '../assert-close.js';

/** A test case of an op: its inputs and a call of it. */
export interface OpCase {
  readonly name: string;
  /** Shapes of the inputs that have a gradient. */
  readonly inputs: readonly (readonly number[])[];
  /** Calls the op. The inputs have the shapes in `inputs`. */
  readonly op: (...inputs: never[]) => tf.Tensor;
  /** Maximum absolute and relative difference of gradients; 1e-4 by default. */
  readonly gradientTolerance?: number;
}

interface OpResult {
  readonly value: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/**
 * Checks that the op on the current backend has the values and gradients of its composed form, which consists of tfjs
 * ops.
 */
export async function checkOp(opCase: OpCase): Promise<void> {
  const actual = runOp(opCase);
  const expected = await onReference(['op', opCase.name, opCase.inputs], () => runOp(opCase));
  const tolerance = { atol: 1e-4, rtol: 1e-4 };
  assertClose('value', actual.value, expected.value, tolerance);
  expected.gradients.forEach((gradient, i) => {
    const { gradientTolerance: own = 1e-4 } = opCase;
    assertClose(`gradient of input ${i}`, actual.gradients[i], gradient, { atol: own, rtol: own });
  });
}

/** Runs an op and its gradient, with random upstream gradients. */
function runOp({ inputs, ...given }: OpCase): OpResult {
  const op = given.op as (...tensors: tf.Tensor[]) => tf.Tensor;
  const before = tf.memory().numTensors;
  const result = tf.tidy(() => {
    const tensors = inputs.map((shape, i) =>
      tf.tensor(randomValues(tf.util.sizeFromShape([...shape]), i), [...shape]),
    );
    const value = op(...tensors);
    const weights = tf.tensor(randomValues(value.size, inputs.length), value.shape);
    const gradients = tf.grads(op)(tensors, weights);
    return { value: numbersOf(value), gradients: gradients.map(numbersOf) };
  });
  assertEqual('tensors left behind', tf.memory().numTensors - before, 0);
  return result;
}

/** Returns a copy of a tensor's values, because some backends return their own array. */
function numbersOf(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>().slice();
}

const NAME = 'composed-reference';
let registered = false;

const results = new Map<string, unknown>();

/**
 * Calls a function on the reference: tfjs's cpu backend with the composed form of every op, which consists of tfjs ops.
 * Then restores the current backend. Results are cached, so that each is computed once for any number of engines.
 *
 * @param what - Unique name of the work, with its settings. The result is cached under it.
 */
export async function onReference<T>(
  what: readonly unknown[],
  work: () => T | Promise<T>,
): Promise<T> {
  const key = JSON.stringify(what);
  if (!results.has(key)) results.set(key, await compute(work));
  return results.get(key) as T; // the type of the same work's result
}

async function compute<T>(work: () => T | Promise<T>): Promise<T> {
  const current = tf.getBackend();
  if (!registered) register();
  await tf.setBackend(NAME);
  try {
    return await work();
  } finally {
    await tf.setBackend(current);
  }
}

function register(): void {
  tf.registerBackend(NAME, () => {
    const backend = new MathBackendCPU();
    Reflect.set(backend, 'firstUse', false); // its greeting advertises another package
    return backend;
  });
  tf.copyRegisteredKernels('cpu', NAME);
  registerComposedKernels(NAME);
  registered = true;
}

/** Returns a replacement for `it` whose tests run on an engine's backend. The first test loads the engine. */
export function engineTests(engine: Engine, { it }: TestRunner): TestRunner['it'] {
  let backend: string | undefined;
  return (name, body) =>
    it(name, async () => {
      if (backend === undefined) {
        await engine.load();
        backend = tf.getBackend();
      }
      await tf.setBackend(backend);
      await body();
    });
}
