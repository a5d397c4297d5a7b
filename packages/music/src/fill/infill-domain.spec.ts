import { checkSettings, randomAt, type TokenExample } from '@ramble/core';

import { readFixture } from '../../test/read-fixture.js';
import { BAND_OPTIONS, bandDomain } from '../band/band-domain.js';
import { bandGrammar } from '../band/band-grammar.js';
import { musicDomain } from '../domain/music-domain.js';
import { MUSIC_OPTIONS } from '../domain/note-lengths.js';
import { END, eventOf } from '../events/events.js';
import { performanceGrammar } from '../grammar/performance-grammar.js';
import { parseMidi } from '../midi/parse-midi.js';
import { END as BAND_END } from '../remi/remi-vocabulary.js';
import { parseScore } from '../score/parse-score.js';
import type { Score } from '../score/score.js';
import { findRegion } from './fill-region.js';
import { grammarWithMarkers } from './infill-domain.js';

const FILE = readFixture('real/peacherine-rag.mid');
const music = musicDomain(checkSettings(MUSIC_OPTIONS, { infill: true }));
const band = bandDomain(checkSettings(BAND_OPTIONS, { infill: true }));
const [piece, score] = [parseMidi('x.mid', FILE), parseScore('x.mid', FILE)];
/** Ids of the markers: after a region of one second, and before the region. */
const AFTER = 389;
const BEFORE = AFTER + 32;

/** Crops of variations in training, as batches read them. */
function cropsOf<E>(
  domain: {
    augment?(example: E, random: ReturnType<typeof randomAt>): E | undefined;
    encodeExample(example: E): TokenExample;
    crop?(example: TokenExample, start: number, max: number): TokenExample;
  },
  example: E,
): TokenExample[] {
  return Array.from({ length: 40 }, (_, step) => {
    const varied = domain.augment?.(example, randomAt({ seed: 5, purpose: 'augment', step }));
    if (!varied || !domain.crop) throw new Error('expected a variation and a crop, got none');
    return domain.crop(domain.encodeExample(varied), step * 100, 257);
  });
}
const isMoved = ({ tokens }: TokenExample, first: number): boolean => tokens[0] >= first;

describe('infillDomain', () => {
  it.each([
    ['performances', cropsOf(music, piece), AFTER],
    ['bands', cropsOf(band, score), band.markers?.first ?? NaN],
  ])(
    'moves the music after a region to the front of half of the crops of %s',
    (_, crops, first) => {
      const moved = crops.filter((crop) => isMoved(crop, first));
      expect(moved.length).toBeGreaterThan(12);
      expect(moved.length).toBeLessThan(28);
      for (const { tokens, lossWeights } of moved) {
        expect(tokens.length).toBeLessThanOrEqual(257);
        expect(lossWeights).toHaveLength(tokens.length);
        expect(Array.from(tokens).filter((id) => id === first + 32)).toHaveLength(1);
      }
      const plain = crops.find((crop) => !isMoved(crop, first));
      expect(Math.max(...Array.from(plain?.tokens ?? []))).toBeLessThan(first);
    },
  );

  it('reads a region with both sides and with the left side, and counts the same tokens', () => {
    const readings = Array.from({ length: 20 }, (_, step) =>
      music.readRegion?.(piece, 257, randomAt({ seed: 5, purpose: 'augment', step })),
    );
    for (const { bothSides, leftSide } of readings.flatMap((each) => each ?? [])) {
      const [both, left] = [bothSides, leftSide].map(({ tokens }) => Array.from(tokens));
      expect(both.length).toBeLessThanOrEqual(257);
      expect(both.slice(both.indexOf(BEFORE) + 1)).toEqual(left);
      const [inBoth, inLeft] = [bothSides, leftSide].map(({ lossWeights }) =>
        Array.from(lossWeights).filter((weight) => weight === 1),
      );
      expect(inBoth).toEqual(inLeft);
      expect(Array.from(leftSide.lossWeights).slice(left.length - inLeft.length)).toEqual(inLeft);
    }
    expect(readings.filter((each) => each !== undefined).length).toBeGreaterThan(15);
  });

  it('ends each note that begins before the region ends, and then the region', () => {
    const ended = cropsOf(music, piece)
      .map(({ tokens }) => Array.from(tokens))
      .filter((ids) => ids[0] >= AFTER && ids.at(-1) === END);
    expect(ended.length).toBeGreaterThan(8);
    for (const ids of ended) {
      const own = ids.slice(ids.indexOf(BEFORE) + 1);
      const sounding = new Map<number, number>();
      for (const event of own.map(eventOf)) {
        if (event?.kind === 'noteOn')
          sounding.set(event.pitch, (sounding.get(event.pitch) ?? 0) + 1);
        if (event?.kind === 'noteOff')
          sounding.set(event.pitch, (sounding.get(event.pitch) ?? 0) - 1);
      }
      expect([...sounding.values()].filter((count) => count > 0)).toEqual([]);
    }
  });

  it('writes a prompt in the form of the training data, which is decoded without the music after it', () => {
    const fill = findRegion(FILE, 'bars 5-8');
    const { tokens } = music.encodePrompt({ piece, fill });
    const ids = Array.from(tokens);
    expect(ids[0]).toBe(AFTER + Math.round(fill.endSeconds - fill.startSeconds) - 1);
    const plain = musicDomain(checkSettings(MUSIC_OPTIONS, {})).encodePrompt({ piece, fill });
    expect(ids.slice(ids.indexOf(BEFORE) + 1)).toEqual(Array.from(plain.tokens));
    expect(music.decodeOutput(ids)).toEqual(music.decodeOutput(Array.from(plain.tokens)));
    expect(music.vocabulary.describe(ids[0])).toBe('music after a region of 6 seconds');
    expect(music.vocabulary.describe(BEFORE)).toBe('music before the region');
  });

  it('keeps the music after the region in a window that slides', () => {
    const grammar = grammarWithMarkers(performanceGrammar(), { first: AFTER });
    const [on, shift] = [60, 300];
    expect(grammar.restate?.([AFTER, 70, shift, BEFORE, 380, on, shift])).toEqual([
      AFTER,
      70,
      shift,
      BEFORE,
      380,
      on,
      shift,
    ]);
    expect(grammar.restate?.([AFTER, 70, shift])).toEqual([AFTER, 70, shift]);
  });

  it('refuses to replace instruments that the model does not read', () => {
    const fill = findRegion(FILE, 'seconds 10-12');
    const strings = { ...piece, notes: piece.notes.map((note) => ({ ...note, program: 48 })) };
    const ofPianos = musicDomain(checkSettings(MUSIC_OPTIONS, { programs: '0-7' }));
    expect(() => ofPianos.encodePrompt({ piece: strings, fill })).toThrow(
      new RangeError(
        'fill: the region has notes of string ensemble 1, which this model does not read and would replace; choose another region, or remove these notes',
      ),
    );
    const outside = strings.notes.map((note) =>
      note.startSeconds >= 10 && note.startSeconds < 12 ? { ...note, program: 0 } : note,
    );
    expect(ofPianos.encodePrompt({ piece: { ...strings, notes: outside }, fill }).tokens[0]).toBe(
      END,
    );
  });

  it('refuses filling in together with accompaniment', () => {
    const both = checkSettings(MUSIC_OPTIONS, { infill: true, accompaniment: true });
    expect(() => musicDomain(both)).toThrow(
      new RangeError('infill: expected a domain without accompaniment, got one with it'),
    );
  });
});

describe('grammars of regions', () => {
  it('strike notes in the region alone, and end the output after it', () => {
    const fill = findRegion(FILE, 'seconds 10-12');
    const grammar = grammarWithMarkers(performanceGrammar(), music.markers);
    let state = grammar.start(music.encodePrompt({ piece, fill }));
    for (let i = 0; i < 4000 && !grammar.mustEnd(state); i++) {
      const allowed = [...grammar.allowed(state)];
      const random = randomAt({ seed: 1, purpose: 'sample', step: i });
      const id = allowed[random.integer(0, allowed.length)];
      if (id === END) break;
      if (eventOf(id)?.kind === 'noteOn') {
        expect(state.step).toBeGreaterThanOrEqual(1000);
        expect(state.step).toBeLessThan(1200);
      }
      state = grammar.advance(state, id);
    }
    expect(grammar.allowed(state)).toContain(END);
    expect(state.step).toBeGreaterThanOrEqual(1200 - 100);
  });

  it('keep the bars of a score, and write its programs only between two times', () => {
    const fill = findRegion(FILE, 'seconds 10-12');
    const grammar = grammarWithMarkers(bandGrammar(band.tokens), band.markers);
    const prompt = band.encodePrompt({ given: score, fill });
    let state = grammar.start(prompt);
    const written: number[] = [];
    while (written.at(-1) !== BAND_END) {
      const allowed = [...grammar.allowed(state)];
      const random = randomAt({ seed: 2, purpose: 'sample', step: written.length });
      const id = allowed[random.integer(0, allowed.length)];
      written.push(id);
      state = grammar.advance(state, id);
    }
    const output = band.decodeOutput([...Array.from(prompt.tokens), ...written]);
    const region = band.decodeOutput([...Array.from(band.encodeOutput?.(score) ?? [])]);
    const position = (score.ticksPerQuarter / output.ticksPerQuarter) * 4;
    const outside = ({ parts }: Score): string[] =>
      parts
        .flatMap(({ notes }) => notes)
        .map((note) => ({
          ...note,
          at: (note.tick * score.ticksPerQuarter) / output.ticksPerQuarter,
        }))
        .filter(({ at }) => at < fill.startTick - position)
        .map(({ tick, pitch }) => `${tick} ${pitch}`)
        .sort();
    expect(outside(output)).toEqual(outside(region));
    const programs = new Set(output.parts.map(({ program }) => program));
    expect([...programs]).toEqual([...new Set(score.parts.map(({ program }) => program))]);
  });

  it('refuses a length, and tracks that the file does not have', () => {
    const fill = findRegion(FILE, 'bars 5-8');
    const performance = performanceGrammar({ lengthSeconds: 4 });
    expect(() => performance.start(music.encodePrompt({ piece, fill }))).toThrow(
      new RangeError('lengthSeconds: expected no region to fill with it, got one'),
    );
    const bars = bandGrammar(band.tokens, { bars: 4 });
    const prompt = bandDomain(checkSettings(BAND_OPTIONS, {})).encodePrompt({ given: score, fill });
    expect(() => bars.start(prompt)).toThrow(
      new RangeError('bars: expected no region to fill with it, got one'),
    );
  });
});
