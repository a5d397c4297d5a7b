import { readFixture } from '../../test/read-fixture.js';
import { onGrid } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';
import { rankPerformance } from './rank-performance.js';

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
