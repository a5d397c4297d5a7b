import { shownValue } from '@ramble/core/files';

import { DRUMS } from './score.js';

/** An instrument of General MIDI: its name, and the lowest and highest pitch that it plays. */
export interface Instrument {
  readonly name: string;
  readonly range: readonly [low: number, high: number];
}

/** The families of General MIDI, eight programs each, in the order of their programs. */
export const FAMILIES = [
  'piano',
  'chromatic-percussion',
  'organ',
  'guitar',
  'bass',
  'strings',
  'ensemble',
  'brass',
  'reed',
  'pipe',
  'synth-lead',
  'synth-pad',
  'synth-effects',
  'ethnic',
  'percussive',
  'sound-effects',
] as const;

/** Number of programs of a family. */
export const FAMILY_PROGRAMS = 8;

/**
 * The instruments by program, with the ranges that General MIDI 2 recommends. Neighbouring programs with the same
 * range share a row.
 *
 * @see General MIDI 2, 1.2a, appendix A
 */
export const INSTRUMENTS: readonly Instrument[] = (
  [
    ['grand piano, bright acoustic piano, electric grand piano, honky-tonk piano', 21, 108],
    ['electric piano 1, electric piano 2', 28, 103],
    ['harpsichord', 41, 89],
    ['clavi', 36, 96],
    ['celesta', 60, 108],
    ['glockenspiel', 72, 108],
    ['music box', 60, 84],
    ['vibraphone', 53, 89],
    ['marimba', 48, 84],
    ['xylophone', 65, 96],
    ['tubular bells', 60, 77],
    ['dulcimer', 60, 84],
    ['drawbar organ, percussive organ, rock organ', 36, 96],
    ['church organ', 21, 108],
    ['reed organ', 36, 96],
    ['accordion', 53, 89],
    ['harmonica', 60, 84],
    ['tango accordion', 53, 89],
    ['acoustic guitar (nylon), acoustic guitar (steel)', 40, 84],
    ['electric guitar (jazz), electric guitar (clean), electric guitar (muted)', 40, 86],
    ['overdriven guitar, distortion guitar, guitar harmonics', 40, 86],
    ['acoustic bass, electric bass (finger), electric bass (pick), fretless bass', 28, 55],
    ['slap bass 1, slap bass 2, synth bass 1, synth bass 2', 28, 55],
    ['violin', 55, 93],
    ['viola', 48, 84],
    ['cello', 36, 72],
    ['contrabass', 28, 55],
    ['tremolo strings, pizzicato strings', 28, 93],
    ['orchestral harp', 23, 103],
    ['timpani', 36, 57],
    ['string ensemble 1, string ensemble 2', 28, 96],
    ['synthstrings 1, synthstrings 2', 36, 96],
    ['choir aahs, voice oohs', 48, 79],
    ['synth voice', 48, 84],
    ['orchestra hit', 48, 72],
    ['trumpet', 58, 94],
    ['trombone', 34, 75],
    ['tuba', 29, 55],
    ['muted trumpet', 58, 82],
    ['french horn', 41, 77],
    ['brass section, synth brass 1, synth brass 2', 36, 96],
    ['soprano sax', 54, 87],
    ['alto sax', 49, 80],
    ['tenor sax', 42, 75],
    ['baritone sax', 37, 68],
    ['oboe', 58, 91],
    ['english horn', 52, 81],
    ['bassoon', 34, 72],
    ['clarinet', 50, 91],
    ['piccolo', 74, 108],
    ['flute, recorder, pan flute, blown bottle', 60, 96],
    ['shakuhachi', 55, 84],
    ['whistle', 60, 96],
    ['ocarina', 60, 84],
    ['lead 1 (square), lead 2 (sawtooth)', 21, 108],
    ['lead 3 (calliope), lead 4 (chiff), lead 5 (charang), lead 6 (voice)', 36, 96],
    ['lead 7 (fifths)', 36, 96],
    ['lead 8 (bass + lead)', 21, 108],
    ['pad 1 (new age), pad 2 (warm), pad 3 (polysynth), pad 4 (choir), pad 5 (bowed)', 36, 96],
    ['pad 6 (metallic), pad 7 (halo), pad 8 (sweep), FX 1 (rain), FX 2 (soundtrack)', 36, 96],
    ['FX 3 (crystal), FX 4 (atmosphere), FX 5 (brightness), FX 6 (goblins), FX 7 (echoes)', 36, 96],
    ['FX 8 (sci-fi)', 36, 96],
    ['sitar', 48, 77],
    ['banjo', 48, 84],
    ['shamisen', 50, 79],
    ['koto', 55, 84],
    ['kalimba', 48, 79],
    ['bag pipe', 36, 77],
    ['fiddle', 55, 96],
    ['shanai', 48, 72],
    ['tinkle bell', 72, 84],
    ['agogo', 60, 72],
    ['steel drums', 52, 76],
    ['woodblock, taiko drum, melodic tom, synth drum, reverse cymbal, guitar fret noise', 0, 127],
    ['breath noise, seashore, bird tweet, telephone ring, helicopter, applause, gunshot', 0, 127],
  ] as const
).flatMap(([names, low, high]) =>
  names.split(', ').map((name) => ({ name, range: [low, high] as const })),
);

/** Key of the first drum of General MIDI. */
const FIRST_DRUM = 35;
/** Names of drums by key, from 35 on. @see General MIDI 1, percussion key map */
const DRUM_NAMES = (
  'acoustic bass drum, bass drum 1, side stick, acoustic snare, hand clap, electric snare, low floor tom, ' +
  'closed hi-hat, high floor tom, pedal hi-hat, low tom, open hi-hat, low-mid tom, hi-mid tom, crash cymbal 1, ' +
  'high tom, ride cymbal 1, chinese cymbal, ride bell, tambourine, splash cymbal, cowbell, crash cymbal 2, ' +
  'vibraslap, ride cymbal 2, hi bongo, low bongo, mute hi conga, open hi conga, low conga, high timbale, ' +
  'low timbale, high agogo, low agogo, cabasa, maracas, short whistle, long whistle, short guiro, long guiro, ' +
  'claves, hi wood block, low wood block, mute cuica, open cuica, mute triangle, open triangle'
).split(', ');

/** Returns the name of a key of a drum kit: `side stick` for 37. */
export function drumName(key: number): string {
  return key < FIRST_DRUM ? `drum ${key}` : (DRUM_NAMES.at(key - FIRST_DRUM) ?? `drum ${key}`);
}

/** Returns the name of a program: `grand piano` for 0. */
export function programName(program: number): string {
  return program === DRUMS ? 'drums' : INSTRUMENTS[program].name;
}

/** Returns the programs of a number or a range, `5` or `0-7`; `undefined` for other text. */
export function programRange(text: string): readonly number[] | undefined {
  const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(text.trim()) ?? [];
  if (!(Number(first) <= Number(last) && Number(last) < INSTRUMENTS.length)) return undefined;
  return [...INSTRUMENTS.keys()].slice(Number(first), Number(last) + 1);
}

/**
 * Parses a list of programs: `all`, or numbers and ranges such as `0-7,16`.
 *
 * @throws RangeError if the list is invalid.
 */
export function parsePrograms(text: string): ReadonlySet<number> {
  if (text === 'all') return new Set(INSTRUMENTS.keys());
  const programs = text.split(',').flatMap((part) => {
    const range = programRange(part);
    if (range) return range;
    throw new RangeError(
      `programs: expected all, or numbers from 0 to 127 such as 0-7,16, got ${shownValue(text)}`,
    );
  });
  return new Set(programs);
}
