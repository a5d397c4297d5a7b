import { toBeAllClose } from '@ramble/node/matchers';
import * as tf from '@tensorflow/tfjs-core';

// Makes tfjs check that kernels dispose of their intermediate tensors.
tf.env().set('IS_TEST', true);
expect.extend({ toBeAllClose });
