import { DRUMS } from '../score/score.js';
import { parseTracks } from './encode-score.js';

it('names all programs, drums last', () => {
  const all = parseTracks('tracks', 'all');
  expect([all.length, all[0], all.at(-2), all.at(-1)]).toEqual([129, 0, 127, DRUMS]);
});

it.each([
  ['drums', [DRUMS]],
  ['bass', [32, 33, 34, 35, 36, 37, 38, 39]],
  ['drums, sound-effects,5-6,6', [5, 6, 120, 121, 122, 123, 124, 125, 126, 127, DRUMS]],
  ['0', [0]],
])('reads %s', (text, programs) => {
  expect(parseTracks('tracks', text)).toEqual(programs);
});

it.each([
  ['', '""'],
  ['128', '"128"'],
  ['bass,7-5', '"7-5"'],
  ['base', '"base"'],
  ['-1', '"-1"'],
])('refuses %p', (text, got) => {
  expect(() => parseTracks('tracks', text)).toThrow(
    new RangeError(
      'tracks: expected all, or a list of drums, piano, chromatic-percussion, organ, guitar, bass, strings, ' +
        'ensemble, brass, reed, pipe, synth-lead, synth-pad, synth-effects, ethnic, percussive, sound-effects ' +
        `and numbers from 0 to 127 such as drums,bass,0-5, got ${got}`,
    ),
  );
});
