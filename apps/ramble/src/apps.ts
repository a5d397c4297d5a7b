import type { AppEntry } from '@ramble/command-line';

/** The domains that come with the command, loaded when they are named. */
export const APPS: readonly AppEntry[] = [
  {
    name: 'text',
    description: 'Language models: learns from text and continues it.',
    parts: ['streamOutput', 'huggingFace'],
    load: async () => (await import('@ramble/text-app')).default,
  },
  {
    name: 'translation',
    description: 'Translation: learns from pairs of texts and translates new ones.',
    parts: [],
    load: async () => (await import('@ramble/translation-app')).default,
  },
  {
    name: 'summarization',
    description: 'Summarization: learns from documents with summaries and summarizes new ones.',
    parts: [],
    load: async () => (await import('@ramble/summarization-app')).default,
  },
  {
    name: 'music',
    description: 'Piano performances: learns from MIDI files and plays new ones.',
    parts: [],
    load: async () => (await import('@ramble/music-app')).musicApp,
  },
  {
    name: 'band',
    description: 'Music of several instruments: learns from MIDI files and plays new ones.',
    parts: [],
    load: async () => (await import('@ramble/music-app')).bandApp,
  },
  {
    name: 'chorales',
    description: 'Chorales in four parts, on a grid of sixteenths.',
    parts: [],
    load: async () => (await import('@ramble/music-app')).choralesApp,
  },
];
