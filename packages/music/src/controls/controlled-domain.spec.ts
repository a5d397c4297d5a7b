import { checkSettings, randomAt } from '@ramble/core';

import { drawNotes } from '../../test/draw-notes.js';
import { type MusicDomain, musicDomain, musicFactory } from '../domain/music-domain.js';
import { MUSIC_OPTIONS, type MusicOptions } from '../domain/note-lengths.js';
import { END } from '../events/events.js';
import type { MidiPiece } from '../notes/note.js';
import { chordName, mainChords, parseChords } from './control-ids.js';

const domainOf = (options: Partial<MusicOptions> = {}): MusicDomain =>
  musicDomain(checkSettings(MUSIC_OPTIONS, { controls: true, ...options }));
const domain = domainOf();
const notes = drawNotes(randomAt({ seed: 2, purpose: 'sample', step: 0 }), 60);
const piece: MidiPiece = {
  name: 'x.mid',
  notes: notes.map((note) => ({ ...note, instrument: 0, program: 0, isDrum: false })),
  pedal: [],
  repairs: [],
};
const wordsOf = (tokens: ArrayLike<number>): string[] =>
  Array.from(tokens)
    .filter((id) => id > END)
    .map((id) => domain.vocabulary.describe(id));

describe('controlledDomain', () => {
  it('puts density, tempo and chords before a piece', () => {
    const { tokens, lossWeights } = domain.encodeExample(piece);
    const plain = domainOf({ controls: false }).encodeExample(piece);
    const before = tokens.length - plain.tokens.length;
    expect(Array.from(tokens).slice(before)).toEqual(Array.from(plain.tokens));
    expect(before).toBeGreaterThan(2);
    expect(Array.from(lossWeights).slice(0, before)).toEqual(new Array(before).fill(0));
    const seconds = Math.max(...notes.map(({ endSeconds }) => endSeconds)) - notes[0].startSeconds;
    const [density, tempo, ...chords] = wordsOf(tokens);
    const [, from, to] = /^density (\d+) to (\d+) notes a second$/.exec(density)!;
    expect(60 / seconds).toBeGreaterThanOrEqual(Number(from));
    expect(60 / seconds).toBeLessThan(Number(to));
    expect(tempo).toMatch(/^tempo \d+ to \d+ beats a minute$/);
    expect(chords).toEqual(mainChords(notes).map((chord) => `chords ${chordName(chord)}`));
    expect(Array.from(tokens).every((id) => id < domain.vocabulary.size)).toBe(true);
  });

  it('describes only the given part of a variation', () => {
    const slow = [60, 65, 67].flatMap((root, i) =>
      [0, 4, 7].map((above) => [root + above, 4 * i, 4]),
    );
    const fast = Array.from({ length: 200 }, (_, i) => [57 + [0, 3, 7][i % 3], 12 + i / 10, 0.1]);
    const played = [...slow, ...fast].map(([pitch, startSeconds, length]) => {
      return { ...piece.notes[0], pitch, startSeconds, endSeconds: startSeconds + length };
    });
    const counts = { density: 0, tempo: 0, chords: 0 };
    for (let step = 0; step < 200; step++) {
      const random = randomAt({ seed: 1, purpose: 'augment', step });
      const example = domain.encodeExample(domain.augment!({ ...piece, notes: played }, random)!);
      expect(wordsOf(example.tokens)).toEqual([]);
      const parts = [0, 20, example.tokens.length - 100].map((start) =>
        domain.crop!(example, start, 101),
      );
      for (const part of parts) {
        expect(part.tokens.length).toBeLessThanOrEqual(101);
        expect(part.lossWeights.length).toBe(part.tokens.length);
        const asked = Array.from(part.tokens).findIndex((id) => id <= END);
        expect(Array.from(part.lossWeights).slice(0, asked)).toEqual(new Array(asked).fill(0));
      }
      const [beginning, , end] = parts.map(({ tokens }) => wordsOf(tokens));
      const included = (['density', 'tempo', 'chords'] as const).filter((name) =>
        end.some((words) => words.startsWith(name)),
      );
      for (const name of included) counts[name]++;
      if (!included.includes('density')) continue;
      expect(beginning[0]).toMatch(/^density [1-6] /);
      expect(end[0]).toMatch(/^density (8|10) /);
    }
    // Each of the three is left out of a quarter of the variations.
    for (const count of Object.values(counts)) expect(Math.abs(count - 150)).toBeLessThan(30);
  });

  it('puts the given controls into prompts', () => {
    const chords = parseChords('chords', 'Am,F');
    const prompt = domain.encodePrompt({ density: 4.5, tempo: 120, chords });
    expect(wordsOf(prompt.tokens)).toEqual([
      'density 4 to 5 notes a second',
      'tempo 113 to 127 beats a minute',
      'chords Am',
      'chords F',
    ]);
    expect(wordsOf(domain.encodePrompt({ density: 99 }).tokens)).toEqual([
      'density 20 or more notes a second',
    ]);
    expect(Array.from(domain.encodePrompt({}).tokens)).toEqual([END]);
  });

  it("begins each window with the prompt's controls", () => {
    const { tokens } = domain.encodePrompt({ density: 4.5, tempo: 120, piece });
    const restated = Array.from(domain.grammar!.restate!(Array.from(tokens).slice(0, 150)));
    expect(restated.slice(0, 2)).toEqual(Array.from(tokens).slice(0, 2));
    expect(restated.slice(2).every((id) => id < END)).toBe(true);
  });

  it('is kept by a run', async () => {
    const loaded = await musicFactory.load(musicFactory.save(domain));
    expect(loaded.options.controls).toBe(true);
    expect(loaded.vocabulary.size).toBe(domain.vocabulary.size);
  });

  it('refuses controls that a model was not trained with', () => {
    for (const accompaniment of [false, true]) {
      const other = domainOf({ controls: false, accompaniment });
      expect(() => other.encodePrompt({ tempo: 100 })).toThrow(
        new RangeError('tempo: expected a model that was trained with controls, got one without'),
      );
    }
    expect(() => domainOf({ accompaniment: true })).toThrow(
      new RangeError('controls: expected a domain without accompaniment, got one with it'),
    );
  });
});
