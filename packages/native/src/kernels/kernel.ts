import type { Attributes } from '@ramble/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { NativeOps } from '../addon/ops.gen.js';
import type { KernelMemory } from '../backend/kernel-memory.js';

/** A single run of a kernel. */
export interface KernelCall {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attributes: Attributes;
  /** Whether a gradient follows, so that the kernel may prepare it. */
  readonly isDifferentiated: boolean;
  readonly backend: KernelMemory;
  readonly addon: NativeOps;
}

/** A kernel: computes outputs from inputs, on arrays that belong to the backend. */
export type Kernel = (call: KernelCall) => TensorInfo[];
