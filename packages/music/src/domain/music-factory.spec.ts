import { checkSettings } from '@ramble/core';

import type { MidiPiece } from '../notes/note.js';
import { musicFactory } from './music-factory.js';
import { MUSIC_OPTIONS } from './music-options.js';

async function* nothing(): AsyncGenerator<never> {
  // Music learns no vocabulary.
}

describe('musicFactory', () => {
  it('keeps what was asked for', async () => {
    for (const accompaniment of [false, true]) {
      const options = { pedal: false, drums: false, programs: '0-7', accompaniment };
      const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, options));
      const loaded = await musicFactory.load(musicFactory.save(domain));
      expect(loaded.options).toEqual(options);
      expect(loaded.vocabulary.size).toBe(domain.vocabulary.size);
    }
  });

  it('keeps the longest note of the data as it sounds, and knows none of older runs', async () => {
    async function* pieces(): AsyncGenerator<MidiPiece> {
      const note = { pitch: 60, velocity: 80, instrument: 0, program: 0, isDrum: false };
      const notes = [
        { ...note, startSeconds: 0.5, endSeconds: 1.25 },
        { ...note, startSeconds: 2, endSeconds: 9, isDrum: true },
      ];
      const pedal = [
        { seconds: 1, value: 127, instrument: 0 },
        { seconds: 3, value: 0, instrument: 0 },
      ];
      yield await Promise.resolve({ name: 'a.mid', notes, pedal, repairs: [] });
    }
    for (const [pedal, longest] of [
      [true, 2.5],
      [false, 0.75],
    ] as const) {
      const domain = await musicFactory.fit(pieces(), checkSettings(MUSIC_OPTIONS, { pedal }));
      expect(domain.longestNoteSeconds).toBe(longest);
      expect((await musicFactory.load(musicFactory.save(domain))).longestNoteSeconds).toBe(longest);
    }
    const older = await musicFactory.load({ 'music.json': '{"pedal":true}' });
    expect(older.longestNoteSeconds).toBeUndefined();
  });

  it('saves without accompaniment what it saved before there was one', async () => {
    const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, {}));
    const { 'music.json': text } = musicFactory.save(domain);
    expect(JSON.parse(text)).toEqual({ pedal: true, drums: false, programs: 'all' });
  });

  it.each([
    [{}, 'music.json: expected settings, got no such file'],
    [{ 'music.json': 'null' }, 'music.json: expected an object'],
    [
      { 'music.json': '{"longestNoteSeconds":0}' },
      'music.json: longestNoteSeconds: expected a number above 0, got 0',
    ],
    [{ 'music.json': '{"pedal":1}' }, 'music.json: pedal: expected true or false, got 1'],
    [
      { 'music.json': '{"programs":"piano"}' },
      'programs: expected all, or numbers from 0 to 127 as 0-7,16, got "piano"',
    ],
  ])('says what is wrong with %j', async (files, message) => {
    await expect(Promise.resolve().then(() => musicFactory.load(files))).rejects.toThrow(message);
  });
});
