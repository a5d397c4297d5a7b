import fc from 'fast-check';

import { performanceGrammar } from '../grammar/performance-grammar.js';
import { restateNotes, stateAfter } from '../grammar/performance-state.js';
import { decodeEvents, END, eventId } from './events.js';

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
