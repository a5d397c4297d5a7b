import { randomAt } from '@ramble/core';

import { BEGIN, END, REMI_DEFAULTS, remiVocabulary } from '../remi/remi-vocabulary.js';
import { decodeRemi } from '../remi/decode-remi.js';
import { INSTRUMENTS } from '../score/instruments.js';
import { DRUMS, type Score } from '../score/score.js';
import { readFixture } from '../../test/read-fixture.js';
import { encodeScore } from '../remi/encode-score.js';
import { parseScore } from '../score/parse-score.js';
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

it('plays at most the given number of instruments', () => {
  const counts = (rules: BandRules): number[] => scores(rules).map(({ parts }) => parts.length);
  expect(Math.max(...counts({}))).toBeGreaterThan(3);
  expect(Math.max(...counts({ maxTracks: 3 }))).toBe(3);
  expect(Math.max(...counts({ maxTracks: 1, programs: [0, 33, DRUMS] }))).toBe(1);
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

/**
 * A piano of two staves, and the same music a second time: an octave higher and late, as a flute.
 */
const rag = parseScore('a.mid', readFixture('real/peacherine-rag.mid'));
const [piano] = rag.parts;
const flute = piano.notes.map((note) => ({
  ...note,
  pitch: note.pitch + 12,
  tick: note.tick + 120,
}));
const duet: Score = { ...rag, parts: [piano, { program: 73, notes: flute }] };
const given = encodeScore(duet, vocabulary);

/** Tokens of random choices under the given music, and whether they end. */
function write(seed: number, rules: BandRules): { readonly ids: number[]; readonly ends: boolean } {
  const grammar = bandGrammar(vocabulary, rules);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  let state = grammar.start({ tokens: [BEGIN], grammarInput: { ids: given } });
  const ids: number[] = [];
  while (ids.length < 20_000) {
    const allowed = [...grammar.allowed(state)];
    expect(allowed.length).toBeGreaterThan(0);
    // Mostly the last allowed token, which moves on, so that the end is reached.
    const goesOn = random.uniform(2 * ids.length) < 0.7;
    const pick = goesOn ? allowed.length - 1 : random.integer(2 * ids.length + 1, allowed.length);
    const id = allowed[pick];
    if (id === END) return { ids, ends: true };
    ids.push(id);
    state = grammar.advance(state, id);
  }
  return { ids, ends: false };
}

const partOf = ({ parts }: Score, program: number) =>
  parts.find((part) => part.program === program)?.notes;

it.each([0, 1, 2])('keeps the tracks that are given, and writes the others (seed %i)', (seed) => {
  const { ids, ends } = write(seed, { programs: [33, 73, DRUMS], bars: 12 });
  expect(ends).toBe(true);
  const score = decodeRemi(ids, vocabulary);
  const whole = decodeRemi(Array.from(given), vocabulary);
  const bars = (tokens: number[]): number =>
    tokens.filter((id) => id === vocabulary.first.bar).length;
  expect(bars(ids)).toBe(12);
  const last = score.parts.flatMap(({ notes }) => notes).reduce((a, b) => Math.max(a, b.tick), 0);
  const kept = partOf(score, 0)!;
  expect(kept).toEqual(partOf(whole, 0)!.slice(0, kept.length));
  expect(kept.length).toBeGreaterThan(50);
  expect(partOf(whole, 0)![kept.length].tick).toBeGreaterThan(last - 64);
  const others = new Set(score.parts.map(({ program }) => program));
  others.delete(0);
  expect([...others].every((program) => [33, 73, DRUMS].includes(program))).toBe(true);
  expect(others.size).toBeGreaterThan(0);
  expect(partOf(score, 73)).not.toEqual(partOf(whole, 73));
});

it('writes nothing new if no other track may play', () => {
  const grammar = bandGrammar(vocabulary, { programs: [33] });
  let state = grammar.start({ tokens: [BEGIN], grammarInput: { ids: given } });
  for (const id of Array.from(given)) {
    expect([...grammar.allowed(state)]).toContain(id);
    state = grammar.advance(state, id);
  }
  expect([...grammar.allowed(state)]).toContain(END);
});

it('refuses to keep nothing', () => {
  expect(() =>
    bandGrammar(vocabulary).start({ tokens: [BEGIN], grammarInput: { ids: given } }),
  ).toThrow(
    new RangeError('tracks: expected some tracks of given to be kept, got all to be written'),
  );
});
