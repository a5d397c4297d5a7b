import { checkSettings } from '@ramble/core';

import type { MidiPiece } from '../notes/note.js';
import { musicFactory } from './music-domain.js';
import { MUSIC_OPTIONS } from './note-lengths.js';

const NOTE = { pitch: 60, velocity: 80, instrument: 0, program: 0, isDrum: false };

async function* nothing(): AsyncGenerator<never> {
  // Music learns no vocabulary.
}

describe('musicFactory', () => {
  it('keeps the given options', async () => {
    for (const accompaniment of [false, true]) {
      const options = {
        ...{ pedal: false, drums: false, programs: '0-7', accompaniment },
        controls: false,
      };
      const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, options));
      const loaded = await musicFactory.load(musicFactory.save(domain));
      expect(loaded.options).toEqual(options);
      expect(loaded.vocabulary.size).toBe(domain.vocabulary.size);
    }
  });

  it.each([
    [true, 2.5], // as it sounds: until the pedal is raised
    [false, 0.75],
  ])('keeps how long the notes of the data are, with pedal: %s', async (pedal, seconds) => {
    async function* pieces(): AsyncGenerator<MidiPiece> {
      const notes = [
        { ...NOTE, startSeconds: 0.5, endSeconds: 1.25 },
        { ...NOTE, startSeconds: 2, endSeconds: 9, isDrum: true },
      ];
      const raised = [
        { seconds: 1, value: 127, instrument: 0 },
        { seconds: 3, value: 0, instrument: 0 },
      ];
      yield await Promise.resolve({ name: 'a.mid', notes, pedal: raised, repairs: [] });
    }
    const domain = await musicFactory.fit(pieces(), checkSettings(MUSIC_OPTIONS, { pedal }));
    expect(domain.noteLengths.longNoteSeconds).toBe(seconds);
    const loaded = await musicFactory.load(musicFactory.save(domain));
    expect(loaded.noteLengths.longNoteSeconds).toBe(seconds);
  });

  it('does not count the longest 0.5 % of the notes', async () => {
    async function* pieces(): AsyncGenerator<MidiPiece> {
      const lengths = Array.from({ length: 400 }, (_, i) => (i < 398 ? 0.2 : i < 399 ? 3 : 200));
      const notes = lengths.map((length, i) => {
        return { ...NOTE, startSeconds: i, endSeconds: i + length };
      });
      yield await Promise.resolve({ name: 'a.mid', notes, pedal: [], repairs: [] });
    }
    const domain = await musicFactory.fit(pieces(), checkSettings(MUSIC_OPTIONS, {}));
    expect(domain.noteLengths).toEqual({
      medianNoteSeconds: 0.2,
      longNoteSeconds: 0.2, // of 398 of 400
    });
  });

  it('reads files of older runs, and saves them unchanged', async () => {
    const older = await musicFactory.load({ 'music.json': '{"pedal":true}' });
    expect(older.noteLengths.longNoteSeconds).toBeUndefined();
    const files = {
      'music.json': `${JSON.stringify({ pedal: true, drums: false, programs: 'all', longestNoteSeconds: 9 }, undefined, 2)}\n`,
    };
    const later = await musicFactory.load(files);
    expect(later.noteLengths.longestNoteSeconds).toBe(9);
    expect(musicFactory.save(later)).toEqual(files);
  });

  it('saves the same files without accompaniment as before that option existed', async () => {
    const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, {}));
    const { 'music.json': text } = musicFactory.save(domain);
    expect(JSON.parse(text)).toEqual({ pedal: true, drums: false, programs: 'all' });
  });

  it.each([
    [{}, 'music.json: expected settings, got no such file'],
    [{ 'music.json': 'null' }, 'music.json: expected an object'],
    [
      { 'music.json': '{"longNoteSeconds":0}' },
      'music.json: longNoteSeconds: expected a number above 0, got 0',
    ],
    [
      { 'music.json': '{"longestNoteSeconds":0}' },
      'music.json: longestNoteSeconds: expected a number above 0, got 0',
    ],
    [{ 'music.json': '{"pedal":1}' }, 'music.json: pedal: expected true or false, got 1'],
    [
      { 'music.json': '{"programs":"piano"}' },
      'programs: expected all, or numbers from 0 to 127 such as 0-7,16, got "piano"',
    ],
  ])('refuses %j with the reason', async (files, message) => {
    await expect(Promise.resolve().then(() => musicFactory.load(files))).rejects.toThrow(message);
  });
});
