import * as tf from '@tensorflow/tfjs-core';

import { attribute, DTYPE, runOp } from '../tensorflow-backend.js';

/** An array in a TensorFlow resource, which its ops update in place. */
export interface Variable {
  /** The resource, as ops take it. */
  handle(): tf.Tensor;
  /** The values without a copy; while the tensor lives, an update copies them first. */
  read(): tf.Tensor;
  assign(values: tf.Tensor): void;
  dispose(): void;
}

const dtype = attribute.type('dtype', DTYPE.float32);
let made = 0;

/** A variable of zeros; it takes memory from its first use on. */
export function createVariable(shape: readonly number[]): Variable {
  const name = attribute.text('shared_name', `ramble-${made++}`);
  const container = attribute.text('container', '');
  const attributes = [container, name, dtype, attribute.shape('shape', shape)];
  const resource = tf.keep(runOp('VarHandleOp', attributes, [])[0]);
  let hasValues = false;
  const assign = (values: tf.Tensor): void => {
    runOp('AssignVariableOp', [dtype], [resource, values], 0);
    hasValues = true;
  };
  const handle = (): tf.Tensor => {
    if (!hasValues) tf.tidy(() => assign(tf.fill([...shape], 0)));
    return resource;
  };
  return {
    handle,
    read: () => runOp('ReadVariableOp', [dtype], [handle()])[0],
    assign,
    dispose: () => {
      runOp('DestroyResourceOp', [attribute.flag('ignore_lookup_error', true)], [resource], 0);
      resource.dispose();
    },
  };
}
