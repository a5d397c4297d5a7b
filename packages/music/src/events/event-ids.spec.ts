import { readJson } from '../../test/read-fixture.js';
import { binVelocity, eventId, eventOf, EVENTS, stepAt, velocityBin } from './events.js';

const tables = readJson('tables.json') as {
  readonly velocityToBin: readonly number[];
  readonly binToVelocity: readonly number[];
  readonly secondsToStep: readonly (readonly [number, number])[];
}; // fixtures/README.md

describe('the ids of events', () => {
  it('are 388, each for a different event', () => {
    expect(EVENTS).toBe(388);
    for (let id = 0; id < EVENTS; id++) expect(eventId(eventOf(id)!)).toBe(id);
    for (const id of [-1, EVENTS, NaN]) expect(eventOf(id)).toBeUndefined();
  });

  it('begin with notes on, off, shifts and velocities', () => {
    expect([0, 127, 128, 255, 256, 355, 356, 387].map(eventOf)).toEqual([
      { kind: 'noteOn', pitch: 0 },
      { kind: 'noteOn', pitch: 127 },
      { kind: 'noteOff', pitch: 0 },
      { kind: 'noteOff', pitch: 127 },
      { kind: 'shift', steps: 1 },
      { kind: 'shift', steps: 100 },
      { kind: 'velocity', bin: 1 },
      { kind: 'velocity', bin: 32 },
    ]);
  });

  it("have note-seq's bins and steps", () => {
    const velocities = Array.from({ length: 127 }, (_, i) => i + 1);
    expect(velocities.map(velocityBin)).toEqual(tables.velocityToBin);
    const bins = Array.from({ length: 32 }, (_, i) => i + 1);
    expect(bins.map(binVelocity)).toEqual(tables.binToVelocity);
    for (const [seconds, step] of tables.secondsToStep) expect(stepAt(seconds)).toBe(step);
  });
});
