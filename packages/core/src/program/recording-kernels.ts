import type * as tf from '@tensorflow/tfjs-core';

import {
  MAX_RESIDUALS,
  opDefinitions,
  type OpDefinition,
  replaceKernel,
} from '../ops/define-op.js';
import { RecordingBackend } from './recording-backend.js';

interface Given {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attributes: tf.NamedAttrMap;
  readonly backend: RecordingBackend;
}

type RecordedKernel = (given: Given) => tf.TensorInfo[] | tf.TensorInfo;

/**
 * Registers kernels that record: those of all ops, and those that the gradient tape itself runs. A program
 * with any other kernel cannot be recorded: tfjs finds none.
 */
export function registerRecordingKernels(backendName: string): void {
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
      // Not x itself, which the tape would take for its own ancestor.
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    });
  }
}

function asRecording(backend: unknown): RecordingBackend {
  if (backend instanceof RecordingBackend) return backend;
  throw new TypeError('backend: expected one that records, got another');
}

/** The result and as many residuals as an engine may leave. */
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

/** A gradient for each input that has one, in its shape. */
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
