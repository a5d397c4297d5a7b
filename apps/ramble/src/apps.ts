import type { AppEntry } from '@ramble/app-kit';

/** The domains that come with the command, loaded when they are named. */
export const APPS: readonly AppEntry[] = [
  {
    name: 'text',
    description: 'Language models: learns from text and goes on writing it.',
    load: async () => (await import('@ramble/text')).default,
  },
  {
    name: 'translation',
    description: 'Translators: learns from pairs of texts and translates others.',
    load: async () => (await import('@ramble/translation-app')).default,
  },
  {
    name: 'summarization',
    description: 'Summarizers: learns from documents and summaries, and sums up others.',
    load: async () => (await import('@ramble/summarization-app')).default,
  },
  {
    name: 'music',
    description: 'Piano performances: learns from MIDI files and goes on playing.',
    load: async () => (await import('@ramble/music-app')).musicApp,
  },
  {
    name: 'chorales',
    description: 'Chorales in four parts, on a grid of sixteenths.',
    load: async () => (await import('@ramble/music-app')).choralesApp,
  },
];
