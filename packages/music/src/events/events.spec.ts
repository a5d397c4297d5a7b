import * as fc from 'fast-check';

import { readJson } from '../../test/read-fixture.js';
import { performanceGrammar } from '../grammar/performance-grammar.js';
import { restateNotes, stateAfter } from '../grammar/performance-state.js';
import {
  binVelocity,
  decodeEvents,
  describeEvent,
  encodeNotes,
  END,
  eventId,
  eventOf,
  EVENTS,
  stepAt,
  velocityBin,
} from './events.js';

const { cases } = readJson('decode.json') as {
  readonly cases: readonly {
    readonly name: string;
    readonly ids: readonly number[];
    readonly options?: { readonly velocity: number; readonly maxNoteDuration: number | null };
    readonly notes: readonly (readonly number[])[];
  }[];
}; // fixtures/README.md
const someIds = fc.array(fc.nat(EVENTS - 1), { maxLength: 400 });
const reencode = (ids: Iterable<number>): Int32Array =>
  encodeNotes(
    decodeEvents(ids).map((note) => ({
      ...note,
      startSeconds: note.startStep / 100,
      endSeconds: note.endStep / 100,
    })),
  );

describe('decodeEvents', () => {
  it.each(cases)('decodes as note-seq does: $name', ({ ids, options, notes }) => {
    const decoded = decodeEvents(ids, {
      velocity: options?.velocity,
      maxNoteSeconds: options?.maxNoteDuration ?? undefined,
    }).map((note) => [note.startStep, note.endStep, note.pitch, note.velocity]);
    expect(decoded.map(String).sort()).toEqual(notes.map(String).sort());
  });

  it('takes ids of nothing for nothing', () => {
    expect(decodeEvents([60, 388, -1, 0.5, NaN, 265, 188])).toEqual([
      { startStep: 0, endStep: 10, pitch: 60, velocity: 100 },
    ]);
  });

  it('makes notes of some length, in order of time, of any ids', () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        for (const { startStep, endStep, pitch, velocity } of decodeEvents(ids)) {
          expect(endStep).toBeGreaterThan(startStep);
          expect(pitch >= 0 && pitch < 128 && velocity > 0 && velocity < 128).toBe(true);
        }
      }),
    );
  });

  it('is stable with encodeNotes from the second pass on', () => {
    fc.assert(
      fc.property(someIds, (ids) => {
        const once = reencode(ids);
        expect(reencode(once)).toEqual(once);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('describeEvent', () => {
  it.each([
    [60, 'note on C4'],
    [21, 'note on A0'],
    [0, 'note on C-1'],
    [128 + 108, 'note off C8'],
    [128 + 61, 'note off C#4'],
    [256, '+10 ms'],
    [267, '+120 ms'],
    [355, '+1000 ms'],
    [356, 'velocity 1'],
    [374, 'velocity 73'],
    [END, 'end of piece'],
    [END + 1, 'no event 389'],
  ])('describes %i as %s', (id, words) => {
    expect(describeEvent(id)).toBe(words);
  });

  it('describes each event differently', () => {
    const words = Array.from({ length: EVENTS + 1 }, (_, id) => describeEvent(id));
    expect(new Set(words).size).toBe(EVENTS + 1);
  });
});

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

const on = (pitch: number): number => eventId({ kind: 'noteOn', pitch });
const off = (pitch: number): number => eventId({ kind: 'noteOff', pitch });
const shift = (steps: number): number => eventId({ kind: 'shift', steps });
const velocity = (bin: number): number => eventId({ kind: 'velocity', bin });

/** A walk through the grammar, so that notes are struck and end as in performances. */
function performance(choices: readonly number[]): number[] {
  const grammar = performanceGrammar({ maxPolyphony: 6 });
  let state = grammar.start({ tokens: [END] });
  return choices.map((choice) => {
    const ids = Array.from(grammar.allowed(state)).filter((id) => id !== END);
    const id = ids[choice % ids.length];
    state = grammar.advance(state, id);
    return id;
  });
}

describe('restateNotes', () => {
  it('returns the notes that sound, their ages and their velocities', () => {
    const forgotten = [
      ...[END, velocity(20), on(60), on(64), shift(50), off(64)],
      ...[
        velocity(10),
        on(67),
        shift(30),
        shift(100),
        shift(100),
        velocity(8),
        on(40),
        on(41),
        off(60),
      ],
    ];
    expect(restateNotes(forgotten)).toEqual([
      ...[velocity(10), on(67), shift(100), velocity(8), on(40), on(41)],
    ]);
    expect(restateNotes([...forgotten, shift(7), velocity(3)])).toEqual([
      ...[velocity(10), on(67), shift(100), velocity(8), on(40), on(41), shift(7), velocity(3)],
    ]);
  });

  it('returns nothing before the first event, and nothing of an earlier piece', () => {
    expect(restateNotes([END])).toEqual([]);
    expect(restateNotes([velocity(9), on(60), END])).toEqual([]);
  });

  it('leaves the notes and the velocity that all events left', () => {
    const walks = fc.array(fc.nat(10_000), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(walks, (choices) => {
        const forgotten = performance(choices);
        const known = stateAfter({ tokens: [END, ...forgotten] });
        const restated = stateAfter({ tokens: restateNotes(forgotten) });
        const pitches = (state: typeof known): number[] => state.sounding.map(({ pitch }) => pitch);
        expect(pitches(restated)).toEqual(pitches(known));
        expect(restated.bin).toBe(known.bin);
      }),
    );
  });

  it('lets notes end that began before', () => {
    const forgotten = [END, velocity(20), on(60), shift(40)];
    const window = [...restateNotes(forgotten), shift(20), off(60)];
    expect(decodeEvents(window)).toEqual([{ pitch: 60, velocity: 77, startStep: 0, endStep: 60 }]);
  });
});
