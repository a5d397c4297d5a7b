import { checkSettings, randomAt } from '@ramble/core';

import { drawNotes } from '../../test/draw-notes.js';
import { musicDomain, type MusicDomain } from '../domain/music-domain.js';
import { musicFactory } from '../domain/music-factory.js';
import { MUSIC_OPTIONS, type MusicOptions } from '../domain/music-options.js';
import { END } from '../events/event-ids.js';
import type { MidiPiece } from '../notes/note.js';
import { chordName, parseChords } from './chord-names.js';
import { mainChords } from './main-chords.js';

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
  it('says before a piece how dense and how fast it is, and its chords', () => {
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

  it('leaves each of the three out of a quarter of the variations', () => {
    const counts = { density: 0, tempo: 0, chords: 0 };
    for (let step = 0; step < 400; step++) {
      const varied = domain.augment!(piece, randomAt({ seed: 1, purpose: 'augment', step }))!;
      const words = wordsOf(domain.encodeExample(varied).tokens).join(' ');
      if (words.includes('density')) counts.density++;
      if (words.includes('tempo')) counts.tempo++;
      if (words.includes('chords')) counts.chords++;
    }
    for (const count of Object.values(counts)) expect(Math.abs(count - 300)).toBeLessThan(40);
  });

  it('says of a transposition what its own notes are like', () => {
    const roots = [60, 60, 60, 60, 53, 53, 53, 55, 55, 62]; // a second each; no two chords as often
    const chords = roots.flatMap((root, startSeconds) =>
      [0, 4, 7].map((above) => ({ pitch: root + above, startSeconds })),
    );
    const struck = chords.map((note) => ({
      ...{ ...piece.notes[0], ...note },
      endSeconds: note.startSeconds + 1,
    }));
    let transpositions = 0;
    for (let step = 0; step < 100; step++) {
      const random = randomAt({ seed: 1, purpose: 'augment', step });
      const varied = domain.augment!({ ...piece, notes: struck }, random)!;
      if (varied.notes.at(-1)!.endSeconds !== roots.length) continue; // stretched
      transpositions++;
      const told = wordsOf(domain.encodeExample(varied).tokens);
      const { name, notes, pedal, repairs } = varied;
      const computed = domain.encodeExample({ name, notes, pedal, repairs });
      expect(wordsOf(computed.tokens)).toEqual(expect.arrayContaining(told));
    }
    expect(transpositions).toBeGreaterThan(10);
  });

  it('asks in prompts for what is given', () => {
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

  it('begins each window with what was asked for', () => {
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

  it('refuses what a model has not learned', () => {
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
