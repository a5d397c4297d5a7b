import { readFixture } from '../../test/read-fixture.js';
import { onGrid } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';
import { describePerformances, rankPerformance } from './performance-measures.js';

const soft = { pitch: 60, velocity: 21 };
const named = (statistics: ReturnType<typeof describePerformances>, name: string) =>
  statistics.find((each) => each.name === name);

describe('describePerformances', () => {
  it('counts notes, lengths, pitch classes, velocities and times between onsets', () => {
    const statistics = describePerformances([
      [
        { ...soft, startStep: 0, endStep: 100 },
        { ...soft, startStep: 0, endStep: 50, pitch: 67 },
        { ...soft, startStep: 100, endStep: 200, pitch: 72, velocity: 5 },
      ],
      [],
      [{ ...soft, startStep: 0, endStep: 50, pitch: 55, velocity: 125 }],
    ]);
    expect(statistics).toEqual([
      { name: 'notes a second', value: 4 / 2.5 },
      { name: 'notes at once', value: 3 / 2.5 },
      { name: 'seconds a note', value: 3 / 4 },
      { name: 'longest note, seconds', value: 1 },
      { name: 'pitch-class entropy, bits', value: 1 },
      { name: 'notes at once, over time', values: { '0 to 10 s': 3 / 2.5 } },
      { name: 'sounding at once', shares: { '1': 200 / 250, '2': 50 / 250 } },
      { name: 'note length', shares: { '400 to 790 ms': 0.5, '800 to 1590 ms': 0.5 } },
      { name: 'velocity', shares: { '1 to 15': 0.25, '16 to 31': 0.5, '112 to 127': 0.25 } },
      { name: 'onset to onset', shares: { together: 0.5, '800 ms or more': 0.5 } },
      { name: 'pitch class', shares: { C: 0.5, G: 0.5 } },
      { name: 'melody, half tones', shares: { '+5': 1 } },
    ]);
  });

  it('has classes of times without gaps', () => {
    const startSteps = [0, 1, 6, 16, 36, 76, 156];
    const notes = startSteps.map((startStep) => ({ ...soft, startStep, endStep: startStep + 1 }));
    const each = 1 / 6;
    expect(named(describePerformances([notes]), 'onset to onset')).toEqual({
      name: 'onset to onset',
      shares: {
        '10 to 40 ms': each,
        '50 to 90 ms': each,
        '100 to 190 ms': each,
        '200 to 390 ms': each,
        '400 to 790 ms': each,
        '800 ms or more': each,
      },
    });
  });

  it('reports the shares of time by the number of sounding notes, and their change', () => {
    const chord = Array.from({ length: 9 }, (_, i) => {
      return { ...soft, startStep: 20, endStep: 30, pitch: 60 + i };
    });
    const late = { ...soft, startStep: 90, endStep: 100 };
    const statistics = describePerformances([[...chord, late]]);
    const shares = { '0': 0.8, '1': 0.1, '8 or more': 0.1 };
    expect(named(statistics, 'sounding at once')).toEqual({ name: 'sounding at once', shares });
    const long = [
      { ...soft, startStep: 0, endStep: 1500 },
      { ...soft, startStep: 12_000, endStep: 12_500 },
    ];
    expect(named(describePerformances([long]), 'notes at once, over time')).toEqual({
      name: 'notes at once, over time',
      values: {
        '0 to 10 s': 1,
        '10 to 20 s': 0.5,
        ...Object.fromEntries(
          Array.from({ length: 10 }, (_, i) => [`${20 + 10 * i} to ${30 + 10 * i} s`, 0]),
        ),
        '120 s or later': 1,
      },
    });
  });

  it('finds spans of other performances, not of the same one', () => {
    const scale = (from: number) =>
      Array.from({ length: 40 }, (_, i) => {
        return { velocity: 64, pitch: from + i, startStep: 10 * i, endStep: 10 * i + 10 };
      });
    const data = [scale(20), scale(60)];
    const copiesOf = (...performances: ReturnType<typeof scale>[]) =>
      named(describePerformances(performances, data), 'copied spans of 32 events');
    expect(copiesOf(scale(20))).toMatchObject({ value: 1 });
    const falling = scale(20).map((each) => ({ ...each, pitch: 120 - each.pitch }));
    expect(copiesOf(falling)).toMatchObject({ value: 0 });
    expect(copiesOf(...data)).toMatchObject({ value: 0 });
    expect(named(describePerformances(data), 'copied spans of 32 events')).toBeUndefined();
  });

  it('has nothing to say of nothing', () => {
    expect(
      describePerformances([])
        .slice(0, 3)
        .map((each) => 'value' in each && each.value),
    ).toEqual([0, 0, 0]);
  });
});

const note = (startStep: number, steps: number, pitch: number): StepNote => ({
  ...{ startStep, endStep: startStep + steps },
  ...{ pitch, velocity: 64 },
});
const MINUTE = 6000;
const every = (steps: number, noteAt: (i: number) => StepNote): StepNote[] =>
  Array.from({ length: MINUTE / steps }, (_, i) => noteAt(i));
const real = onGrid(applyPedal(parseMidi('rag', readFixture('real/peacherine-rag.mid')))).filter(
  ({ endStep }) => endStep <= MINUTE,
);

describe('rankPerformance', () => {
  it('ranks a real piece above silence, loops, hanging chords and clouds of notes', () => {
    const rank = rankPerformance(real);
    const bad = {
      nearlySilent: [note(0, 20, 60), note(MINUTE - 20, 20, 67)],
      loop: every(50, (i) => note(50 * i, 40, 60 + 4 * (i % 3))),
      hanging: every(330, (i) => note(330 * i, 330, 48 + (i % 5))),
      cloud: every(1, (i) => note(i, 2, 21 + ((i * 37) % 88))),
      silentEnd: real.filter(({ endStep }) => endStep < 2000).concat(note(MINUTE - 20, 20, 67)),
    };
    for (const notes of Object.values(bad)) expect(rankPerformance(notes)).toBeLessThan(rank);
  });

  it('is near the mean for a real piece, and lowest without notes', () => {
    expect(rankPerformance(real)).toBeGreaterThan(-2);
    expect(rankPerformance([])).toBeLessThan(-12);
    expect(rankPerformance([])).toBeGreaterThanOrEqual(-25);
  });

  it('ranks outputs of any length', () => {
    expect(Number.isFinite(rankPerformance([note(0, 1, 60)]))).toBe(true);
    for (const seconds of [0.5, 3, 10.5]) {
      const short = real.filter(({ endStep }) => endStep <= 100 * seconds);
      expect(rankPerformance(short)).toBeGreaterThan(-12);
    }
  });
});
