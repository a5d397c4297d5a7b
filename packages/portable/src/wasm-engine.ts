import { type Engine, registerEngine } from '@ramble/core';
import * as tf from '@tensorflow/tfjs-core';

import { bundledWasmFiles } from './bundled-wasm-files.js';
import { portableKernels } from './portable-kernels.js';
import { wasmArrays } from './wasm-arrays.js';

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
 * Emscripten's glue takes over what a process does with uncaught errors: it throws them
 * again, with the glue's source as their context. That is for the program to decide.
 */
async function withoutNewListeners<T>(work: () => Promise<T>): Promise<T> {
  const { process: emitter } = globalThis as { process?: NodeJS.EventEmitter }; // none in a browser
  if (!emitter) return work();
  const events = ['uncaughtException', 'unhandledRejection'];
  const before = new Set(events.flatMap((event) => emitter.listeners(event)));
  const result = await work();
  for (const event of events) {
    for (const listener of emitter.listeners(event)) {
      if (!before.has(listener)) emitter.removeListener(event, listener as () => void); // as it was added
    }
  }
  return result;
}
