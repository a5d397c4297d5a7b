import { describeEngineConformance } from '@ramble/testing';
import * as tf from '@tensorflow/tfjs-core';

import { native } from './engine.js';

tf.env().set('IS_TEST', true); // tfjs then checks that kernels dispose of what they make
describeEngineConformance(native);
