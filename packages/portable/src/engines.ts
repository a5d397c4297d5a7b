import { registerEngine } from '@ramble/core';
import { type Engine, kernelFunc } from '@ramble/core/engine';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

import {
  type ArrayBackend,
  multiplyRows,
  multiplyTransposed,
  type Numbers,
  transpose,
} from './array-backend.js';
import { attentionKernels } from './kernels/attention.js';
import { crossEntropyKernels } from './kernels/cross-entropy.js';
import {
  embeddingKernels,
  gatedKernels,
  type KernelPair,
  linearKernels,
  rotateHeadsKernels,
} from './kernels/dense.js';
import { layerNormKernels, normHeadsKernels, rmsNormKernels } from './kernels/norms.js';

/** The engine `cpu`: plain JavaScript on one thread, which runs everywhere, but slowly. */
export const cpuEngine: Engine = {
  name: 'cpu',
  description: 'plain JavaScript; runs everywhere, slow',
  check: () => Promise.resolve(undefined),
  load: async () => {
    const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    const backend = tf.backend();
    if (!(backend instanceof MathBackendCPU))
      throw new TypeError('cpu: expected the backend of tfjs-backend-cpu, got another');
    Reflect.set(backend, 'firstUse', false); // its greeting advertises another package
    registerEngine({ name: 'cpu', kernels: portableKernels(cpuArrays(backend)) });
  },
};

/** The engine `wasm`: WebAssembly with 128-bit vectors, on one thread. */
export const wasmEngine: Engine = {
  name: 'wasm',
  description: 'WebAssembly; runs everywhere without a compiler, one thread',
  check: () =>
    Promise.resolve(
      'WebAssembly' in globalThis
        ? undefined
        : 'this JavaScript has no WebAssembly; use the engine cpu',
    ),
  load: async () => {
    const { BackendWasm } = await withoutNewListeners(async () => {
      const module = await import('@tensorflow/tfjs-backend-wasm');
      const files = bundledWasmFiles();
      if (files) module.setWasmPaths(files);
      await tf.setBackend('wasm');
      return module;
    });
    const backend = tf.backend();
    if (!(backend instanceof BackendWasm))
      throw new TypeError('wasm: expected the backend of tfjs-backend-wasm, got another');
    registerEngine({ name: 'wasm', kernels: portableKernels(wasmArrays(backend)) });
  },
};

/**
 * Calls a function and removes the process listeners that it adds. Emscripten's glue handles uncaught errors
 * of the process: it throws them again, with the glue's source as context. The program should decide that.
 */
async function withoutNewListeners<T>(work: () => Promise<T>): Promise<T> {
  const { process: emitter } = globalThis as { process?: NodeJS.EventEmitter }; // none in a browser
  if (!emitter) return work();
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Set(events.flatMap((event) => emitter.listeners(event)));
  const result = await work();
  for (const event of events) {
    for (const listener of emitter.listeners(event)) {
      if (!before.has(listener)) emitter.removeListener(event, listener as () => void); // the added function
    }
  }
  return result;
}

/** Builds of tfjs's backend: plain, with vectors, and with vectors and threads. */
const NAMES = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;
const FOLDER = '@tensorflow/tfjs-backend-wasm/dist/';

/**
 * Returns the URLs of tfjs's `.wasm` files that a bundler provides, by name. Vite and webpack find
 * `new URL('a literal', import.meta.url)`, serve the file that it names, and replace the call by its address. So each
 * call must have a literal argument.
 *
 * @returns `undefined` if no bundler replaced the calls. Node reads the files from the package. For other bundlers, a
 *   page names the files with tfjs's `setWasmPaths`.
 */
function bundledWasmFiles(): Record<string, string> | undefined {
  const urls = [
    new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm', import.meta.url),
    new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url),
    new URL(
      '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm',
      import.meta.url,
    ),
  ];
  const isAsWritten = NAMES.some(
    (name, i) => urls[i].href === new URL(FOLDER + name, import.meta.url).href,
  );
  if (isAsWritten) return undefined;
  return Object.fromEntries(NAMES.map((name, i) => [name, urls[i].href]));
}

/**
 * Kernels of the ops for which plain loops are faster than a composition of tfjs ops. All other ops run as such
 * compositions.
 */
const KERNELS: Readonly<Record<string, (backend: ArrayBackend) => KernelPair>> = {
  FusedLinear: linearKernels,
  LayerNorm: layerNormKernels,
  RmsNorm: rmsNormKernels,
  Gated: gatedKernels,
  NormHeads: normHeadsKernels,
  RotateHeads: rotateHeadsKernels,
  Attention: attentionKernels,
  Embedding: embeddingKernels,
  CrossEntropy: crossEntropyKernels,
};

/** Makes the kernels of this package for a backend. */
function portableKernels(backend: ArrayBackend): Record<string, tf.KernelFunc> {
  const kernels: Record<string, tf.KernelFunc> = {};
  for (const [name, kernelsOf] of Object.entries(KERNELS)) {
    const { forward, backward } = kernelsOf(backend);
    kernels[name] = kernelFunc(forward);
    kernels[`${name}Grad`] = kernelFunc(backward);
  }
  return kernels;
}

/** Returns access to the tensors of tfjs's backend wasm, which are in one growing memory. XNNPACK computes products. */
function wasmArrays(backend: BackendWasm): ArrayBackend {
  // The cast: all ops of this package have tensors of floats and ids.
  const view = (info: tf.TensorInfo): Numbers => backend.typedArrayFromHeap(info) as Numbers;
  return {
    compute: (inputs, shapes, fill) => {
      const outputs = shapes.map((shape) => backend.makeOutput([...shape], 'float32'));
      // Views are made last, because growing the memory moves it and earlier views would refer to the old
      // memory.
      const arrays = outputs.map((info) => view(info).fill(0) as Float32Array); // float32, as made
      fill(inputs.map(view), arrays);
      return outputs.map((info) => tf.engine().makeTensorFromTensorInfo(info));
    },
    // Transposing first is 10 to 25 times as fast as tfjs's products of transposed matrices, which are plain
    // loops.
    product: (a, b, transposed = {}) =>
      tf.matMul(transposed.a ? tf.transpose(a) : a, transposed.b ? tf.transpose(b) : b),
  };
}

/** Number of rows of `a` below which `a · b` is faster without transposing b first. */
const FEW_ROWS = 8;

/** Returns access to the tensors of tfjs's backend cpu, which are JavaScript arrays. */
function cpuArrays(backend: MathBackendCPU): ArrayBackend {
  const compute: ArrayBackend['compute'] = (inputs, shapes, fill) => {
    const outputs = shapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
    // The cast: all ops of this package have tensors of floats and ids.
    fill(
      inputs.map(({ dataId }) => backend.readSync(dataId) as Numbers),
      outputs,
    );
    return shapes.map((shape, i) =>
      tf
        .engine()
        .makeTensorFromTensorInfo(backend.makeTensorInfo([...shape], 'float32', outputs[i])),
    );
  };
  return {
    compute,
    product: (a, b, transposed = {}) => {
      const [M, K] = transposed.a ? [a.shape[1], a.shape[0]] : a.shape;
      const N = transposed.b ? b.shape[0] : b.shape[1];
      const [product] = compute([a, b], [[M, N]], ([left, right], [out]) => {
        if (M < FEW_ROWS && !transposed.a && !transposed.b) {
          multiplyRows(left, right, out, M, K, N);
          return;
        }
        multiplyTransposed(
          transposed.a ? transpose(left, K, M) : left,
          transposed.b ? right : transpose(right, K, N),
          out,
          M,
          K,
          N,
        );
      });
      return product as tf.Tensor2D; // [M, N]
    },
  };
}
