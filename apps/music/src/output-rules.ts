import type { OutputRules } from '@ramble/core';
import { keyScale, MUSIC_KEYS, type MusicKey, performanceGrammar } from '@ramble/music';

interface PerformanceOptions {
  readonly lowestPitch: number;
  readonly highestPitch: number;
  readonly key: MusicKey | 'any';
  readonly maxPolyphony: number;
  readonly maxNotesPerSecond?: number;
  readonly lengthSeconds?: number;
}

/** Events of an output, where no length is asked for. */
const DEFAULT_EVENTS = 1024;
/** Dense playing; an output of some length may have so many events a second. */
const EVENTS_PER_SECOND = 100;

/** What a performance may be like. */
export const OUTPUT_RULES: OutputRules<PerformanceOptions> = {
  settings: {
    lowestPitch: {
      kind: 'integer',
      min: 0,
      max: 127,
      default: 0,
      description: 'Lowest pitch that is struck; middle C is 60.',
    },
    highestPitch: {
      kind: 'integer',
      min: 0,
      max: 127,
      default: 127,
      description: 'Highest pitch that is struck.',
    },
    key: {
      kind: 'choice',
      choices: ['any', ...MUSIC_KEYS],
      default: 'any',
      description: 'Key whose notes alone are struck; minor ones have both sevenths.',
    },
    maxPolyphony: {
      kind: 'integer',
      min: 1,
      max: 128,
      default: 128,
      description: 'Most notes that sound at once.',
    },
    maxNotesPerSecond: {
      kind: 'integer',
      min: 1,
      derived: 'no limit',
      description: 'Most notes that are struck within any second.',
    },
    lengthSeconds: {
      kind: 'number',
      min: 0.01,
      max: 3600,
      derived: 'where the model ends, or the longest length',
      description: 'How long the output is, without its primer.',
    },
  },
  sampling: ({ lengthSeconds }) => ({
    maxNewTokens:
      lengthSeconds === undefined
        ? DEFAULT_EVENTS
        : Math.max(DEFAULT_EVENTS, Math.ceil(lengthSeconds * EVENTS_PER_SECOND)),
  }),
  grammar: ({ key, ...rules }, maxNewTokens) =>
    performanceGrammar({
      ...rules,
      scale: key === 'any' ? undefined : keyScale(key),
      maxEvents: maxNewTokens,
    }),
};
