import type { Attributes } from '@ramble/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/addon-types.js';
import type { NativeBackend } from '../backend/native-backend.js';

/** A single run of a kernel. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  readonly backend: NativeBackend;
  readonly addon: Addon;
}

/** A kernel: computes outputs from inputs, on arrays that belong to the backend. */
export type Kernel = (call: KernelCall) => TensorInfo[];
