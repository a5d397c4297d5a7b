import type { Domain, DomainFactory, SettingTable } from '@ramble/core';
import { checkSettings, readSavedSettings } from '@ramble/core/domain';
import { formatJson, type JsonObject } from '@ramble/core/files';

import { INFILL } from '../domain/note-lengths.js';
import { type FillRegion, isReplaced } from '../fill/fill-region.js';
import { type FillPrompt, type FillsIn, infillDomain } from '../fill/infill-domain.js';
import { COMMON_TIME } from '../musicxml/sheet.js';
import { transposeAtRandom } from '../notes/vary-notes.js';
import { decodeRemi } from '../remi/decode-remi.js';
import { encodeScore, parseTracks } from '../remi/encode-score.js';
import {
  BEGIN,
  describeRemi,
  END,
  REMI_DEFAULTS,
  type RemiVocabulary,
  remiVocabulary,
  signatureIndex,
} from '../remi/remi-vocabulary.js';
import { barTicks, type Score } from '../score/score.js';
import { bandGrammar } from './band-grammar.js';
import { advanceBand, type BandState, BEGINNING, inOrder } from './band-state.js';
import { cutBars, type GivenInput } from './given-music.js';

/**
 * The prompt of an output: nothing, a score to continue, a score to add tracks to, or a score with a region to fill
 * in.
 */
export interface BandPrompt {
  readonly piece?: Score;
  /** Number of bars from the beginning of `piece` that the output continues; default: all. */
  readonly bars?: number;
  /**
   * Score that the model adds tracks to, or whose region `fill` it fills in. Without a region, tracks of the programs
   * that the model generates (`BandRules.programs`) are left out; all other tracks are kept.
   */
  readonly given?: Score;
  /** Region of `given` whose notes the model replaces. */
  readonly fill?: FillRegion;
  /** Contents of the MIDI file of `piece`. */
  readonly file?: Uint8Array;
}

/** The domain of music for several instruments: prompts and outputs are scores. */
export interface BandDomain extends Domain<Score, BandPrompt, Score>, Partial<FillsIn<Score>> {
  readonly options: BandOptions;
  readonly tokens: RemiVocabulary;
}

/**
 * Makes the domain of music for several instruments, as in REMI+: bars, positions, tempos, and notes of program,
 * pitch, velocity and duration, between a token that begins a piece and a token that ends it.
 *
 * @throws RangeError for options without a valid vocabulary.
 * @see von Rütte et al. 2022, https://arxiv.org/abs/2201.10936
 */
export function bandDomain(options: BandOptions): BandDomain {
  const { tracks, positionsPerBeat, velocities, tempos } = options;
  if (positionsPerBeat % 4 !== 0) {
    throw new RangeError(`positionsPerBeat: expected a multiple of 4, got ${positionsPerBeat}`);
  }
  const programs = parseTracks('tracks', tracks);
  const tokens = remiVocabulary({
    ...REMI_DEFAULTS,
    programs,
    positionsPerBeat,
    velocities,
    tempos,
  });
  const idsOf = (score: Score): Int32Array => {
    const ids = encodeScore(score, tokens);
    const { first, settings } = tokens;
    const isProgram = (id: number): boolean =>
      id >= first.program && id < first.program + settings.programs.length;
    if (ids.some(isProgram)) return ids;
    const notes = score.parts.some((part) => part.notes.length > 0);
    throw new RangeError(
      `${score.name}: expected notes, got ${notes ? 'other tracks alone' : 'none'}`,
    );
  };
  const domain: BandDomain = {
    name: 'band',
    options,
    tokens,
    vocabulary: { size: tokens.names.length, describe: (id) => describeRemi(id, tokens) },
    stopTokens: [END, BEGIN], // the beginning of another piece ends this one
    encodeExample: (score) => {
      const ids = Int32Array.of(BEGIN, ...idsOf(score), END);
      return { tokens: ids, lossWeights: new Float32Array(ids.length).fill(1) };
    },
    encodePrompt: ({ piece, bars, given, fill }) => {
      if (given && fill) return fillPrompt(given, fill, tokens);
      if (given) return { tokens: Int32Array.of(BEGIN), grammarInput: { ids: idsOf(given) } };
      const ids = piece ? barsOf(idsOf(piece), tokens.first.bar, bars) : [];
      return { tokens: Int32Array.of(BEGIN, ...ids) };
    },
    decodeOutput: (ids) => inTheirOrder(decodeRemi(ids, tokens), ids, tokens),
    encodeOutput: (score) => encodeScore(score, tokens),
    augment: (score, random) => transposeAtRandom(score, random),
    grammar: bandGrammar(tokens),
  };
  return options.infill ? infillDomain(domain, cutBars(tokens.first.bar), 'bars') : domain;
}

/**
 * Returns the prompt that fills in a region of a score: the bars before the region, the beginning of its first
 * bar, and the bars after it. The grammar keeps all other notes of the region's bars.
 */
function fillPrompt(score: Score, fill: FillRegion, tokens: RemiVocabulary): FillPrompt {
  const { startTick, endTick } = fill;
  const { bar } = tokens.first;
  const ticks = barTicks(score);
  const startBar = ticks.filter((tick) => tick <= startTick).length - 1;
  const lastBar = ticks.filter((tick) => tick < endTick).length - 1;
  const kept = score.parts.map(({ program, notes }) => ({
    program,
    notes: notes.filter(({ tick }) => !isReplaced(fill, tick, program)),
  }));
  const ids = encodeScore({ ...score, parts: kept }, tokens);
  const before = barsOf(ids, bar, startBar);
  const ownBars = barsOf(ids, bar, lastBar + 1);
  const signatures = (own: Int32Array): number[] =>
    Array.from(own).filter((id) => tokens.tokens[id].kind === 'timeSignature');
  const signature =
    signatures(ids.subarray(before.length)).at(0) ??
    signatures(before).at(-1) ??
    tokens.first.timeSignature + signatureIndex(COMMON_TIME);
  const positionTicks = score.ticksPerQuarter / tokens.settings.positionsPerBeat;
  return {
    tokens: Int32Array.of(BEGIN, ...before, bar, signature),
    grammarInput: {
      ids,
      region: {
        startBar,
        startPosition: Math.ceil((startTick - ticks[startBar]) / positionTicks),
        lastBar,
        endPosition: Math.ceil((endTick - ticks[lastBar]) / positionTicks),
      },
      programs: score.parts.map(({ program }) => program),
    } satisfies GivenInput,
    after: { after: [...ids.slice(ownBars.length), END], length: lastBar - startBar + 1 },
  };
}

/** Returns the tokens of the first `bars` bars of a piece; default: all. `bar` is the id of the bar token. */
function barsOf(ids: Int32Array, bar: number, bars = Infinity): Int32Array {
  let left = bars;
  const end = ids.findIndex((id) => id === bar && left-- === 0);
  return end < 0 ? ids : ids.subarray(0, end);
}

/**
 * Sorts the parts of a score into the order in which `ids` encode them, so that encoding the score gives the same
 * ids.
 */
function inTheirOrder(score: Score, ids: readonly number[], tokens: RemiVocabulary): Score {
  let state: BandState = BEGINNING;
  for (const id of ids) if (tokens.tokens.at(id)) state = advanceBand(state, id, tokens);
  const programs = inOrder(
    state.order,
    score.parts.map(({ program }) => program),
  );
  return { ...score, parts: programs.flatMap((of) => score.parts.filter((p) => p.program === of)) };
}

const FILE = 'band.json';

/**
 * Factory of domains of music for several instruments. A run stores the options of its domain, which determine the
 * vocabulary.
 */
export const bandFactory: DomainFactory<BandDomain, Score, BandOptions> = {
  fit: (_, options) => Promise.resolve(bandDomain(options)),
  save: ({ options }) => {
    const { tracks, positionsPerBeat, velocities, tempos, infill } = options;
    // `infill` is left out if it is off, so that runs from earlier versions keep their fingerprints.
    const kept = { tracks, positionsPerBeat, velocities, tempos, ...(infill && { infill }) };
    return { [FILE]: formatJson(kept) };
  },
  load: (files) => {
    const read = (fields: JsonObject): BandDomain =>
      bandDomain(checkSettings<BandOptions>(BAND_OPTIONS, fields));
    return new Promise((resolve) => resolve(readSavedSettings(files, FILE, read)));
  },
  extend: ({ options }, { infill, ...others }) => {
    const isExtension = infill && Object.keys(others).length === 0;
    return Promise.resolve(isExtension ? bandDomain({ ...options, infill }) : undefined);
  },
};

/** Options of the band domain. `BAND_OPTIONS` has a description of each. */
export interface BandOptions {
  readonly tracks: string;
  readonly positionsPerBeat: number;
  readonly velocities: number;
  readonly tempos: boolean;
  /** Whether the model also learns to fill in regions: in some training crops, the music after a region precedes it. */
  readonly infill: boolean;
}

/**
 * Every option of the band domain with its range, default and description, as `ramble band train --help`
 * lists them.
 */
export const BAND_OPTIONS: SettingTable<BandOptions> = {
  tracks: {
    kind: 'string',
    default: 'all',
    description:
      'Instruments whose notes are kept: all, or a list of drums, families such as bass, and MIDI programs such as 0-7.',
  },
  positionsPerBeat: {
    kind: 'integer',
    min: 4,
    max: 24,
    default: 8,
    description: 'Number of positions of the grid in a beat, a multiple of 4.',
  },
  velocities: {
    kind: 'integer',
    min: 1,
    max: 127,
    default: 32,
    description: 'Number of different velocities.',
  },
  tempos: {
    kind: 'boolean',
    default: true,
    description: 'Keep the tempos of the files; without them, all music is played at one tempo.',
  },
  infill: INFILL,
};
