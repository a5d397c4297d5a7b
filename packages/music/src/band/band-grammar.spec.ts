import { randomAt } from '@ramble/core';

import { BEGIN, END, REMI_DEFAULTS, remiVocabulary } from '../remi/remi-vocabulary.js';
import { decodeRemi } from '../remi/decode-remi.js';
import { INSTRUMENTS } from '../score/instruments.js';
import { DRUMS, type Score } from '../score/score.js';
import { bandGrammar, type BandRules } from './band-grammar.js';

const vocabulary = remiVocabulary(REMI_DEFAULTS);

/** A random walk along the tokens that the grammar allows. */
function walk(seed: number, rules: BandRules, longest = 400): number[] {
  const grammar = bandGrammar(vocabulary, rules);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  const tokens: number[] = [];
  let state = grammar.start({ tokens: [BEGIN] });
  while (tokens.length < longest) {
    const allowed = [...grammar.allowed(state)];
    const id = allowed[random.integer(tokens.length, allowed.length)];
    if (id === END) break;
    tokens.push(id);
    state = grammar.advance(state, id);
  }
  return tokens;
}
const walks = (rules: BandRules): number[][] =>
  Array.from({ length: 30 }, (_, seed) => walk(seed, rules));
const scores = (rules: BandRules): Score[] =>
  walks(rules).map((tokens) => decodeRemi(tokens, vocabulary));

it('plays only the given programs', () => {
  const played = scores({ programs: [33, DRUMS] }).flatMap(({ parts }) => parts);
  expect(new Set(played.map(({ program }) => program))).toEqual(new Set([33, DRUMS]));
});

it('keeps instruments to their ranges', () => {
  const parts = scores({ hasInstrumentRanges: true }).flatMap((score) => score.parts);
  for (const { program, notes } of parts) {
    const [low, high] = program === DRUMS ? [27, 88] : INSTRUMENTS[program].range;
    for (const { pitch } of notes) {
      expect(pitch).toBeGreaterThanOrEqual(low);
      expect(pitch).toBeLessThanOrEqual(high);
    }
  }
});

it.each([1, 3, 8])('writes %i bars, and completes the last note in time', (bars) => {
  const maxTokens = 60;
  for (const tokens of walks({ bars, maxTokens })) {
    expect(tokens.length).toBeLessThanOrEqual(maxTokens);
    expect(tokens.filter((id) => id === vocabulary.first.bar)).toHaveLength(bars);
    expect(['duration', 'tempo', 'timeSignature']).toContain(
      vocabulary.tokens[tokens[tokens.length - 1]].kind,
    );
  }
});

it('counts bars from the end of a prompt on', () => {
  const grammar = bandGrammar(vocabulary, { bars: 1 });
  const prompt = [BEGIN, ...walk(5, { bars: 2 })];
  const state = grammar.start({ tokens: prompt });
  expect([...grammar.allowed(state)]).toContain(vocabulary.first.bar);
  expect([...grammar.allowed(state)]).not.toContain(END);
});

it('refuses tracks that the vocabulary does not have', () => {
  const drums = remiVocabulary({ ...REMI_DEFAULTS, programs: [DRUMS] });
  expect(() => bandGrammar(drums, { programs: [33] })).toThrow(
    new RangeError('tracks: expected at least one that the model has learned, got others alone'),
  );
});

it('restates bar, time signature, position and tempo, and incomplete notes', () => {
  const restate = (text: string): string => {
    const ids = text.split(' ').map((name) => vocabulary.names.indexOf(name));
    const restated = bandGrammar(vocabulary).restate!([BEGIN, ...ids]);
    return Array.from(restated, (id) => vocabulary.names[id]).join(' ');
  };
  const bar = 'Bar_None TimeSig_3/4 Position_0 Tempo_121.29';
  const note = 'Program_0 Pitch_60 Velocity_63 Duration_1.0.8';
  expect(restate(`${bar} ${note} Position_8 ${note}`)).toBe(
    'Bar_None TimeSig_3/4 Position_8 Tempo_121.29',
  );
  expect(restate(`${bar} ${note} Position_8 Program_0 Pitch_60`)).toBe(
    'Bar_None TimeSig_3/4 Position_0 Tempo_121.29 Position_8 Program_0 Pitch_60',
  );
  expect(restate(`${bar} ${note} Bar_None TimeSig_6/8 Bar_None`)).toBe(
    'Bar_None TimeSig_3/4 Position_0 Tempo_121.29 Bar_None',
  );
});
