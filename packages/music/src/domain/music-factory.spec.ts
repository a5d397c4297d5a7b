import { checkSettings } from '@ramble/core';

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

  it('saves without accompaniment what it saved before there was one', async () => {
    const domain = await musicFactory.fit(nothing(), checkSettings(MUSIC_OPTIONS, {}));
    const { 'music.json': text } = musicFactory.save(domain);
    expect(JSON.parse(text)).toEqual({ pedal: true, drums: false, programs: 'all' });
  });

  it.each([
    [{}, 'music.json: expected settings, got no such file'],
    [{ 'music.json': 'null' }, 'music.json: expected an object'],
    [{ 'music.json': '{"pedal":1}' }, 'music.json: pedal: expected true or false, got 1'],
    [
      { 'music.json': '{"programs":"piano"}' },
      'programs: expected all, or numbers from 0 to 127 as 0-7,16, got "piano"',
    ],
  ])('says what is wrong with %j', async (files, message) => {
    await expect(Promise.resolve().then(() => musicFactory.load(files))).rejects.toThrow(message);
  });
});
