import type { OutputRules } from '@ramble/core/app';
import { type BandDomain, bandGrammar, parseTracks } from '@ramble/music';

interface BandOutput {
  readonly tracks: string;
  readonly bars?: number;
  readonly instrumentRanges: boolean;
}

/** Tokens of an output, where no length is asked for. */
const DEFAULT_TOKENS = 2048;
/** A full bar of a large band; an output of some length may have so many tokens a bar. */
const TOKENS_PER_BAR = 512;

/** Output rules of multi-track pieces. */
export const BAND_RULES: OutputRules<BandOutput, BandDomain> = {
  settings: {
    tracks: {
      kind: 'string',
      basic: true,
      default: 'all',
      description:
        'Instruments that play: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
    },
    bars: {
      kind: 'integer',
      basic: true,
      min: 1,
      max: 1000,
      derived: 'where the model ends, or the longest length',
      description: 'Number of bars of the output, without its primer.',
    },
    instrumentRanges: {
      kind: 'boolean',
      default: true,
      description: 'Keep each instrument to the pitches that General MIDI gives it.',
    },
  },
  sampling: ({ bars = 0 }) => ({ maxNewTokens: Math.max(DEFAULT_TOKENS, bars * TOKENS_PER_BAR) }),
  grammar: ({ tracks, bars, instrumentRanges }, { maxNewTokens, domain }) =>
    bandGrammar(domain.tokens, {
      programs: parseTracks('tracks', tracks),
      hasInstrumentRanges: instrumentRanges,
      bars,
      maxTokens: maxNewTokens,
    }),
};
