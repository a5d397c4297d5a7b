import type { AppEntry } from '@ramble/command-line';
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

/** The domains that come with the command, loaded when they are named. */
export const APPS: readonly AppEntry[] = [
  {
    name: 'text',
    description: 'Learns from text and continues it.',
    parts: ['streamOutput', 'huggingFace'],
    declare: async () => (await import('@ramble/text-app/declaration')).textDeclaration,
    load: async () => (await import('@ramble/text-app')).default,
  },
  {
    name: 'translation',
    description: 'Learns from pairs of texts and translates new ones.',
    parts: [],
    load: async () => (await import('@ramble/translation-app')).default,
  },
  {
    name: 'summarization',
    description: 'Learns from documents with summaries and summarizes new ones.',
    parts: [],
    load: async () => (await import('@ramble/summarization-app')).default,
  },
  {
    name: 'music',
    description: 'Learns from piano performances in MIDI files and plays new ones.',
    parts: ['rendering', 'duet'],
    load: async () => (await import('@ramble/music-app')).musicApp,
  },
  {
    name: 'band',
    description: 'Learns from MIDI files of several instruments and plays new music.',
    parts: ['rendering'],
    load: async () => (await import('@ramble/music-app')).bandApp,
  },
  {
    name: 'anticipation',
    description: 'Music of any instruments, in the tokens of the Anticipatory Music Transformer.',
    parts: ['huggingFace'],
    load: async () => (await import('@ramble/music-app')).anticipationApp,
  },
  {
    name: 'aria',
    description: 'Piano performances in the tokens of Aria, whose models it imports.',
    parts: ['huggingFace'],
    load: async () => (await import('@ramble/music-app')).ariaApp,
  },
  {
    name: 'chorales',
    description: 'Chorales in four parts, on a grid of sixteenths.',
    parts: ['rendering'],
    load: async () => (await import('@ramble/music-app')).choralesApp,
  },
];
