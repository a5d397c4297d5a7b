import type { Attributes } from '@ramble/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Addon } from '../addon/addon-types.js';
import type { NativeBackend } from '../backend/native-backend.js';

/** One run of a kernel. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  readonly backend: NativeBackend;
  readonly addon: Addon;
}

/** From inputs to outputs, whose numbers are the backend's own. */
export type Kernel = (call: KernelCall) => TensorInfo[];
