import * as tf from '@tensorflow/tfjs-core';

import {
  MAX_RESIDUALS,
  type OpDefinition,
  opDefinitions,
  replaceKernel,
} from '../ops/define-op.js';
import type { ParameterSpec } from '../parameters/parameter.js';
import { RecordingBackend } from './recording-backend.js';
import type {
  BatchComputations,
  Computation,
  ProgramCall,
  ProgramValue,
  TrainingProgram,
} from './training-engine.js';

const BACKEND = 'recording';

/**
 * Records a training program by running its computation on tensors without numbers. The gradient tape of tfjs
 * derives the backward pass from the gradient of each op. The computation is recorded for two batches of the same
 * shape with different numbers. If the two lists differ in more than the batch's arrays and the step of dropout,
 * the list depends on the numbers of a batch and is not valid for others.
 *
 * @returns `undefined` if no list of ops is valid for all batches of the shape.
 */
export function recordProgram({
  specs,
  computations,
}: BatchComputations): TrainingProgram | undefined {
  const [first, second] = computations.map((compute) => recordOnce(specs, compute));
  if (first?.values.length !== second?.values.length || !first || !second) return undefined;
  if (!first.values.every((value, i) => isAlike(value, second.values[i]))) return undefined;
  const calls: ProgramCall[] = [];
  for (const [i, call] of first.calls.entries()) {
    const other = second.calls.at(i);
    const hasStep = call.attributes.step !== other?.attributes.step && call.attributes.rate !== 0;
    calls.push({ ...call, hasStep });
    const asHere = { ...other, attributes: { ...other?.attributes, step: call.attributes.step } };
    const here = { ...call, attributes: { ...call.attributes, step: call.attributes.step } };
    if (JSON.stringify(here) !== JSON.stringify(asHere)) return undefined;
  }
  return { ...first, calls };
}

interface Recording extends Omit<TrainingProgram, 'calls'> {
  readonly calls: readonly Omit<ProgramCall, 'hasStep'>[];
}

function recordOnce(specs: readonly ParameterSpec[], compute: Computation): Recording | undefined {
  const backend = new RecordingBackend();
  tf.backend(); // chooses a backend now, if none is in use yet
  const before = tf.getBackend();
  tf.registerBackend(BACKEND, () => backend);
  registerRecordingKernels(BACKEND);
  void tf.setBackend(BACKEND); // synchronous, because its factory is
  tf.engine().startScope();
  try {
    const parameters = specs.map(({ name, shape }) => {
      const value = { shape, dtype: 'float32', source: { kind: 'parameter', name } } as const;
      return [name, tf.engine().makeTensorFromTensorInfo(backend.addValue(value))] as const;
    });
    const { loss, gradients } = compute(Object.fromEntries(parameters), backend.nameInput);
    loss.dispose(); // the scope does not dispose of a kept tensor
    const made = Object.entries(gradients).map(([name, tensor]) => [
      name,
      backend.numberOf(tensor),
    ]);
    return {
      values: backend.values,
      calls: backend.calls,
      loss: backend.numberOf(loss),
      gradients: Object.fromEntries(made) as TrainingProgram['gradients'],
    };
  } catch (error) {
    // The error of tfjs for a kernel that is not an op of core.
    const isExpected =
      error instanceof Error && error.message.includes('Cannot find registered kernel');
    if (isExpected) return undefined;
    throw error;
  } finally {
    tf.engine().endScope();
    void tf.setBackend(before);
    tf.removeBackend(BACKEND);
  }
}

/** Whether two values are equal except for the numbers of the batch. */
function isAlike(a: ProgramValue, b: ProgramValue): boolean {
  if (a.shape.join() !== b.shape.join() || a.dtype !== b.dtype) return false;
  if (a.source.kind !== 'constant' || b.source.kind !== 'constant') {
    return JSON.stringify(a.source) === JSON.stringify(b.source);
  }
  const others = b.source.numbers;
  return a.source.numbers.every((number, i) => number === others[i]);
}

interface Given {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attributes: tf.NamedAttrMap;
  readonly backend: RecordingBackend;
}

type RecordedKernel = (given: Given) => tf.TensorInfo[] | tf.TensorInfo;

/**
 * Registers kernels that record, for all ops and for the kernels that the gradient tape itself runs. A program
 * that uses any other kernel cannot be recorded, because tfjs finds no kernel for it.
 */
function registerRecordingKernels(backendName: string): void {
  const register = (name: string, kernel: RecordedKernel): void => {
    replaceKernel(name, backendName, ({ inputs, attrs, backend }) =>
      kernel({
        inputs: inputs as Given['inputs'], // tfjs's type allows for names without a tensor
        attributes: attrs as Given['attributes'], // and for no attributes
        backend: asRecording(backend),
      }),
    );
  };
  for (const op of opDefinitions()) {
    register(op.name, (given) => forward(op, given));
    register(`${op.name}Grad`, (given) => backward(op, given));
  }
  register(
    'Add',
    ({ inputs: { a, b }, backend }) => backend.call('Add', { a, b }, {}, [a.shape])[0],
  );
  for (const same of ['Identity', 'Cast']) {
    register(same, ({ inputs: { x }, backend }) => {
      backend.incRef(x.dataId);
      // Not x itself, which the tape would treat as its own ancestor.
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    });
  }
}

function asRecording(backend: unknown): RecordingBackend {
  if (backend instanceof RecordingBackend) return backend;
  throw new TypeError('backend: expected one that records, got another');
}

/**
 * Records a call of an op's forward kernel, with one result and as many residuals as a kernel may return
 * (`MAX_RESIDUALS`).
 */
function forward(
  { name, resultShape }: OpDefinition,
  { inputs, attributes, backend }: Given,
): tf.TensorInfo[] {
  const shapes = Object.fromEntries(
    Object.entries(inputs).map(([input, { shape }]) => [input, shape]),
  );
  const result = resultShape?.(shapes, attributes) ?? Object.values(shapes)[0];
  const residuals = Array.from({ length: MAX_RESIDUALS }, () => [0]);
  return backend.call(name, inputs, attributes, [result, ...residuals]);
}

/**
 * Records a call of an op's gradient kernel. Each result is the gradient of a differentiable input and has its shape.
 */
function backward(
  { name, differentiable }: OpDefinition,
  { inputs, attributes, backend }: Given,
): tf.TensorInfo[] {
  const { source } = backend.values[backend.numberOf(inputs.residual0)];
  if (source.kind !== 'output')
    throw new TypeError(`${name}: expected a residual, got ${source.kind}`);
  const { inputs: given } = backend.calls[source.call];
  const shapes = differentiable
    .filter((input) => input in given)
    .map((input) => backend.values[given[input]].shape);
  return backend.call(`${name}Grad`, inputs, attributes, shapes);
}
