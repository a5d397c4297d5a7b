import type { Engine } from '@ramble/core/engine';

/** The engines that come with the command, fastest first, loaded when they are tried. */
export const ENGINES: readonly Engine[] = [
  lazyEngine(
    'native',
    'Our own, in C++: the fastest.',
    async () => (await import('@ramble/native')).nativeEngine,
  ),
  lazyEngine(
    'tensorflow',
    'TensorFlow, through @tensorflow/tfjs-node.',
    async () => (await import('@ramble/tensorflow')).tensorflowEngine,
  ),
  lazyEngine(
    'wasm',
    'WebAssembly, on one thread; runs everywhere.',
    async () => (await import('@ramble/portable')).wasmEngine,
  ),
  lazyEngine(
    'cpu',
    'Plain JavaScript: the reference, and slow.',
    async () => (await import('@ramble/portable')).cpuEngine,
  ),
];

/** An engine whose package is imported only when it is checked or loaded. */
function lazyEngine(name: string, description: string, find: () => Promise<Engine>): Engine {
  return {
    name,
    description,
    check: async () => (await find()).check(),
    load: async () => (await find()).load(),
  };
}
