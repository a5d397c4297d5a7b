import { readdirSync } from 'node:fs';

import { checkSettings } from '@ramble/core';
import { describeDomainContract, type InvalidExample } from '@ramble/testing';

import { readFixture } from '../../test/read-fixture.js';
import { encodeScore } from '../remi/encode-score.js';
import { END } from '../remi/remi-vocabulary.js';
import { parseScore } from '../score/parse-score.js';
import { DRUMS, type Score } from '../score/score.js';
import {
  BAND_OPTIONS,
  type BandDomain,
  bandDomain,
  bandFactory,
  type BandOptions,
  type BandPrompt,
} from './band-domain.js';

const domainOf = (options: Partial<BandOptions> = {}): BandDomain =>
  bandDomain(checkSettings(BAND_OPTIONS, { ...options }));
const domain = domainOf();
const { names } = domain.tokens;

/** The ids of names; a name's kind may be left out if it is clear. */
const idsOf = (text: string): number[] =>
  text.split(' ').map((name) => {
    const id = names.indexOf(name);
    if (id < 0) throw new Error(`${name}: no token`);
    return id;
  });
const NOTE = 'Pitch_60 Velocity_63 Duration_1.0.8';
const START = 'Bar_None TimeSig_3/4 Position_0 Tempo_121.29';

const scores = ['remi/midi', 'midi'].flatMap((folder) =>
  readdirSync(new URL(`../../fixtures/${folder}`, import.meta.url)).map((file) =>
    parseScore(file, readFixture(`${folder}/${file}`)),
  ),
);
const couldBeWritten = (tokens: readonly number[]): boolean => {
  if (tokens.at(-1) !== END) return false;
  const own = tokens.slice(0, -1);
  const score = domain.decodeOutput(own);
  return score.parts.length > 0 && encodeScore(score, domain.tokens).join() === own.join();
};
const valid = scores
  .filter((score) => couldBeWritten([...encodeScore(score, domain.tokens), END]))
  .map((score) => ({
    example: score,
    prompt: {},
    output: domain.decodeOutput(Array.from(encodeScore(score, domain.tokens))),
  }));
const silent: Score = { ...scores[0], name: 'x.mid', parts: [] };
const invalid: InvalidExample<Score, BandPrompt>[] = [
  { example: silent, message: 'x.mid: expected notes, got none' },
  ...[
    '',
    'EOS_None',
    `Program_0 ${NOTE} EOS_None`, // no bar
    `Bar_None Position_0 Tempo_121.29 Program_0 ${NOTE} EOS_None`, // no time signature
    `Bar_None TimeSig_3/4 Position_0 Program_0 ${NOTE} EOS_None`, // no tempo
    `Bar_None TimeSig_3/4 Position_1 Tempo_121.29 Program_0 ${NOTE} EOS_None`,
    `${START} EOS_None`, // no note
    `${START} ${NOTE} EOS_None`, // no program
    `${START} Program_0 ${NOTE}`, // no end
    `${START} Program_0 Pitch_60 Duration_1.0.8 EOS_None`,
    `${START} Program_0 Pitch_60 Velocity_63 EOS_None`,
    `${START} Program_0 ${NOTE} Duration_1.0.8 EOS_None`,
    `${START} Program_-1 ${NOTE} EOS_None`, // a drum is no pitch
    `${START} Program_0 PitchDrum_60 Velocity_63 Duration_1.0.8 EOS_None`,
    `${START} Program_0 ${NOTE} Program_0 ${NOTE} EOS_None`, // the same note twice
    `${START} Program_0 Pitch_62 Velocity_63 Duration_1.0.8 Program_0 ${NOTE} EOS_None`,
    `${START} Program_0 ${NOTE} Program_5 ${NOTE} Program_0 Pitch_61 Velocity_63 Duration_1.0.8 EOS_None`,
    `${START} Program_0 ${NOTE} Program_5 ${NOTE} Position_9 Program_5 ${NOTE} Program_0 ${NOTE} EOS_None`,
    `${START} Program_0 ${NOTE} Position_0 Program_5 ${NOTE} EOS_None`, // the same position
    `${START} Program_0 ${NOTE} Position_24 Program_5 ${NOTE} EOS_None`, // beyond three beats
    `${START} Program_0 ${NOTE} Bar_None TimeSig_3/4 EOS_None`, // an empty bar
    `${START} Program_0 ${NOTE} Bar_None EOS_None`,
    `${START} Program_0 ${NOTE} EOS_None EOS_None`,
    `${START} Program_0 ${NOTE} BOS_None EOS_None`,
    `${START} Tempo_121.29 Program_0 ${NOTE} EOS_None`,
  ].map((text) => ({ prompt: {}, tokens: text === '' ? [] : idsOf(text) })),
];

describeDomainContract<Score, BandPrompt, Score, BandDomain>({
  name: 'band',
  create: () => Promise.resolve(domainOf()),
  createOther: () => Promise.resolve(domainOf({ velocities: 8 })),
  factory: bandFactory,
  valid,
  invalid,
  isValidOutput: (tokens, prompt) =>
    couldBeWritten([...Array.from(prompt.tokens).slice(1), ...tokens]),
});

describe('bandDomain', () => {
  it('keeps the tracks of the option', () => {
    const piece = scores.find(({ parts }) => parts.some(({ program }) => program === DRUMS))!;
    const drums = domainOf({ tracks: 'drums' });
    const { tokens } = drums.encodeExample(piece);
    expect(drums.decodeOutput(Array.from(tokens)).parts.map(({ program }) => program)).toEqual([
      DRUMS,
    ]);
    expect(() => domainOf({ tracks: 'sound-effects' }).encodeExample(piece)).toThrow(
      new RangeError(`${piece.name}: expected notes, got other tracks alone`),
    );
  });
});
