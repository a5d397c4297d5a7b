import { shownNote } from '../../test/common-bars.js';
import { parseScore } from '../score/parse-score.js';
import { DRUMS, type ScoreNote } from '../score/score.js';
import { writeScore } from '../midi/write-midi.js';
import {
  type Chorale,
  choraleScore,
  choraleSheet,
  describeChorales,
  parseChorales,
  scoreChorale,
  SILENT,
} from './chorales.js';

describe('chorales', () => {
  const chorale: Chorale = [
    [74, 70, 65, 58],
    [74, 70, SILENT, 58],
    [72, 70, SILENT, 57],
  ];

  it('are a score with a part for each voice, on the grid of notation', () => {
    const score = choraleScore(chorale);
    expect(score).toMatchObject({
      ticksPerQuarter: 480,
      tempos: [{ tick: 0, microsecondsPerQuarter: 600_000 }],
      timeSignatures: [{ tick: 0, beats: 4, beatType: 4 }],
    });
    const rows = score.parts.map(({ name, notes }) => [
      name,
      ...notes.map((n) => [n.tick, n.durationTicks, n.pitch].join(' ')),
    ]);
    expect(rows).toEqual([
      ['Soprano', '0 240 74', '240 120 72'], // a pitch that does not change is held
      ['Alto', '0 360 70'],
      ['Tenor', '0 120 65'],
      ['Bass', '0 240 58', '240 120 57'],
    ]);
  });

  it('are the same after they were written as MIDI and read', () => {
    const read = parseScore('x.mid', writeScore(choraleScore(chorale)));
    expect(scoreChorale(read)).toEqual(chorale);
  });

  it('are read from a score with one part as a soprano, without drums', () => {
    const note = (tick: number, durationTicks: number, pitch: number): ScoreNote => {
      return { tick, durationTicks, pitch, velocity: 80 };
    };
    const parts = [
      { program: DRUMS, notes: [note(0, 96, 36)] },
      { program: 0, notes: [] },
      { program: 0, notes: [note(1, 24, 72), note(0, 24, 60), note(49, 23, 74)] },
    ];
    const score = { ...choraleScore([]), name: 'x.mid', ticksPerQuarter: 96 };
    const soprano = scoreChorale({ ...score, parts }).map((step) => step.join(' '));
    expect(soprano).toEqual(['72 -1 -1 -1', '-1 -1 -1 -1', '74 -1 -1 -1']);
    expect(() => scoreChorale({ ...score, parts: parts.slice(0, 2) })).toThrow(
      new RangeError('x.mid: no part other than drums has notes'),
    );
  });

  it('are sheet music with a staff for each voice', () => {
    const { key, parts } = choraleSheet(chorale);
    expect(key).toEqual({ fifths: -2, mode: 'major' });
    const voices = parts.map(
      ({
        name,
        staves: [
          {
            clef,
            voices: [notes],
          },
        ],
      }) => [...[name, clef], ...notes.map(shownNote)],
    );
    expect(voices).toEqual([
      ['Soprano', 'treble', '0 2 74', '2 3 72'],
      ['Alto', 'treble', '0 3 70'],
      ['Tenor', 'treble8', '0 1 65'],
      ['Bass', 'bass', '0 2 58', '2 3 57'],
    ]);
    const [{ staves }] = choraleSheet([[12, 13, 14, 15]]).parts;
    expect(staves[0].voices).toEqual([[]]); // lower than MusicXML can say
  });

  it('are read from JSON, and an error gives the place of a fault', () => {
    expect(parseChorales('x.json', JSON.stringify([chorale]))).toEqual([chorale]);
    const parse = (text: string) => (): unknown => parseChorales('x.json', text);
    expect(parse('[')).toThrow('x.json: expected JSON, got other text');
    expect(parse('{}')).toThrow(new RangeError('x.json: expected a list of chorales, got {}'));
    expect(parse('[[]]')).toThrow(
      new RangeError('x.json: chorale 1: expected a list of steps, got []'),
    );
    expect(parse('[[[74,70,65,58],[1,2,3]]]')).toThrow(
      new RangeError(
        'x.json: chorale 1, step 2: expected four pitches from -1 to 127, got [1,2,3]',
      ),
    );
  });

  it('are read from all lists of a file with named lists', () => {
    const [first, second] = [chorale, chorale.slice(1)];
    const parse = (lists: object): unknown => parseChorales('x.json', JSON.stringify(lists));
    expect(parse({ test: [first], train: [], valid: [second] })).toEqual([first, second]);
    expect(() => parse({ train: [first], valid: [[]] })).toThrow(
      new RangeError('x.json: valid: chorale 1: expected a list of steps, got []'),
    );
    expect(() => parse({ train: 7 })).toThrow(
      new RangeError('x.json: train: expected a list of chorales, got 7'),
    );
  });
});

describe('statistics of chorales', () => {
  const valueOf = (chorales: readonly Chorale[], name: string): unknown =>
    describeChorales(chorales).find((statistic) => statistic.name === name);
  const bars = (...steps: Chorale): Chorale =>
    Array.from({ length: 16 }, (_, i) => steps[Math.floor((i * steps.length) / 16)]);

  it('count notes in a bar, and parallels in 100 bars', () => {
    // Soprano and bass move in octaves, soprano and alto in fifths; the tenor is held, then rests.
    const moves = bars([72, 65, 55, 48], [74, 67, 55, 50], [76, 69, SILENT, 52]);
    const values = describeChorales([moves]).flatMap((statistic) =>
      'value' in statistic ? [[statistic.name, statistic.value]] : [],
    );
    expect(values).toEqual([
      ['bars a piece', 1],
      ['notes a bar', 10],
      ['parallel fifths in 100 bars', 200],
      ['parallel octaves in 100 bars', 200],
      ['time with crossed voices', 0],
    ]);
  });

  it('count no parallels in contrary motion, held intervals or between chorales', () => {
    const contrary = bars([72, 65, 60, 60], [67, 65, 60, 67]);
    const name = 'parallel octaves in 100 bars';
    expect(valueOf([contrary, bars([74, 70, 62, 62])], name)).toEqual({ name, value: 0 });
  });

  it('measure the time with crossed voices; a rest crosses none', () => {
    const name = 'time with crossed voices';
    const crossed = bars([72, 60, 65, 48], [72, SILENT, 65, 48]);
    expect(valueOf([crossed], name)).toEqual({ name, value: 0.5 });
  });

  it('are none without chorales', () => {
    expect(describeChorales([])).toEqual([]);
  });
});
