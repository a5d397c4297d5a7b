import { randomAt } from '@ramble/core';

import { couldBeWritten } from '../../test/could-be-written.js';
import { drawNotes } from '../../test/draw-notes.js';
import { readFixture } from '../../test/read-fixture.js';
import { decodeEvents, encodeNotes, END } from '../events/events.js';
import { parseMidi } from '../midi/parse-midi.js';
import { applyPedal } from '../notes/apply-pedal.js';
import type { StepNote } from '../notes/note.js';
import { keyScale } from './performance-state.js';
import { performanceGrammar, type PerformanceRules } from './performance-grammar.js';

/** A random walk along allowed events, to an end. */
function walk(rules: PerformanceRules, seed: number, primer: readonly number[] = []): number[] {
  const grammar = performanceGrammar(rules);
  const random = randomAt({ seed, purpose: 'sample', step: 0 });
  let state = grammar.start({ tokens: [END, ...primer] });
  const ids: number[] = [];
  while (ids.length < (rules.maxEvents ?? 3000)) {
    const allowed = [...grammar.allowed(state)];
    // Draws the kind first: most ids are pitches and shifts.
    const kinds = [0, 128, 256, 356, 388].map((first, i, firsts) =>
      allowed.filter((id) => id >= first && id < (firsts.at(i + 1) ?? 389)),
    );
    const possible = kinds.filter((kind) => kind.length > 0);
    const kind = possible[random.integer(2 * ids.length, possible.length)];
    const id = kind[random.integer(2 * ids.length + 1, kind.length)];
    if (grammar.mustEnd(state) !== allowed.every((each) => each === END)) {
      throw new Error(`mustEnd: expected that of [${allowed.join()}]`);
    }
    ids.push(id);
    if (id === END) break;
    state = grammar.advance(state, id);
  }
  return ids;
}
const seeds = Array.from({ length: 15 }, (_, seed) => seed);
const notesOf = (ids: readonly number[]): StepNote[] => decodeEvents(ids);

describe('performanceGrammar', () => {
  it('allows all that the encoder writes of real pieces without overlaps', () => {
    const grammar = performanceGrammar();
    for (const name of ['peacherine-rag', 'satie-gymnopedie-no1']) {
      const ids = encodeNotes(applyPedal(parseMidi(name, readFixture(`real/${name}.mid`))));
      let state = grammar.start({ tokens: [END] });
      const forbidden: number[] = [];
      for (const id of ids) {
        if (![...grammar.allowed(state)].includes(id)) forbidden.push(id);
        state = grammar.advance(state, id);
      }
      expect(forbidden).toEqual([]);
      expect([...grammar.allowed(state)]).toContain(END);
    }
  });

  it('takes an end of a silent note, and a note struck twice, for an end of one that sounds', () => {
    const grammar = performanceGrammar();
    const replacements = (ids: number[]): { refused: number[]; by: readonly number[] }[] =>
      Array.from(grammar.instead!(grammar.start({ tokens: [END, ...ids] })), ({ refused, by }) => ({
        refused: [...refused],
        by,
      }));
    const silent = (...sounding: number[]): number[] =>
      Array.from({ length: 128 }, (_, pitch) => pitch)
        .filter((pitch) => !sounding.includes(pitch))
        .map((pitch) => 128 + pitch);
    const [velocity, shift] = [371, 265];
    expect(replacements([velocity, 60, 64, shift])).toEqual([
      { refused: silent(60, 64), by: [188, 192] },
      { refused: [60], by: [188] },
      { refused: [64], by: [192] },
    ]);
    // No note can end now: none sounds, one was struck at this step, a note follows a velocity.
    for (const ids of [[], [velocity, 60], [velocity, 60, shift, velocity + 1]]) {
      expect(replacements(ids)).toEqual([]);
    }
    for (const seed of seeds) {
      let state = grammar.start({ tokens: [END] });
      for (const id of walk({ maxEvents: 100 }, seed)) {
        const allowed = new Set(grammar.allowed(state));
        for (const { refused, by } of grammar.instead!(state)) {
          expect([...refused].filter((each) => allowed.has(each))).toEqual([]);
          expect(by.filter((each) => !allowed.has(each))).toEqual([]);
        }
        state = grammar.advance(state, id);
      }
    }
  });

  it('allows only sequences that the encoder could write', () => {
    for (const seed of seeds) {
      const ids = walk({ maxEvents: 200 }, seed);
      expect(couldBeWritten(ids.at(-1) === END ? ids : [...ids, END])).toBe(true);
    }
  });

  it.each([0, 1, 2, 3, 4, 5, 9, 50])('ends all notes within %i events', (maxEvents) => {
    for (const seed of seeds) {
      const ids = walk({ maxEvents }, seed).filter((id) => id !== END);
      expect(ids.length).toBeLessThanOrEqual(maxEvents);
      if (ids.length > 0) expect(couldBeWritten([...ids, END])).toBe(true);
      if (maxEvents > 3) expect(ids.length).toBeGreaterThan(0);
    }
  });

  it('makes outputs as long as they should be', () => {
    for (const seed of seeds) {
      for (const lengthSeconds of [0.01, 0.05, 1, 3.3]) {
        const ids = walk({ lengthSeconds }, seed);
        expect(ids.at(-1)).toBe(END);
        const end = Math.max(...notesOf(ids).map(({ endStep }) => endStep));
        expect(end).toBe(Math.round(100 * lengthSeconds));
        expect(Math.min(...notesOf(ids).map(({ startStep }) => startStep))).toBe(0);
        expect(couldBeWritten(ids)).toBe(true);
      }
    }
  });

  it('strikes no more than two notes at once in its last second', () => {
    for (const seed of seeds) {
      const notes = notesOf(walk({ lengthSeconds: 5 }, seed));
      for (const { startStep } of notes.filter((note) => note.startStep > 400)) {
        const sounding = notes.filter((n) => n.startStep <= startStep && n.endStep > startStep);
        expect(sounding.length).toBeLessThanOrEqual(2);
      }
    }
  });

  it('keeps to range and key', () => {
    const scale = keyScale('d-major');
    for (const seed of seeds) {
      const ids = walk({ lowestPitch: 50, highestPitch: 64, scale, maxEvents: 100 }, seed);
      for (const { pitch } of notesOf(ids)) {
        expect(pitch >= 50 && pitch <= 64 && scale.has(pitch % 12)).toBe(true);
      }
    }
  });

  it('keeps to a polyphony and a density', () => {
    for (const seed of seeds) {
      const notes = notesOf(
        walk({ maxPolyphony: 2, maxNotesPerSecond: 3, lengthSeconds: 9 }, seed),
      );
      for (const { startStep } of notes) {
        const sounding = notes.filter((n) => n.startStep <= startStep && n.endStep > startStep);
        expect(sounding.length).toBeLessThanOrEqual(2);
        const struck = notes.filter(
          (n) => n.startStep > startStep - 100 && n.startStep <= startStep,
        );
        expect(struck.length).toBeLessThanOrEqual(3);
      }
    }
  });

  it.each([0.01, 0.1, 0.5])('rests for %d s at most', (maxRestSeconds) => {
    const restsOf = (rules: PerformanceRules): number[] =>
      seeds.flatMap((seed) => {
        const ids = walk({ maxPolyphony: 1, ...rules }, seed).filter((id) => id !== END);
        expect(couldBeWritten([...ids, END])).toBe(true);
        const notes = notesOf(ids); // one after another
        return notes.map(({ startStep }, i) => startStep - (i > 0 ? notes[i - 1].endStep : 0));
      });
    for (const rules of [{ maxEvents: 200 }, { lengthSeconds: 9.3, maxEvents: 900 }]) {
      expect(Math.max(...restsOf({ ...rules, maxRestSeconds }))).toBeLessThanOrEqual(
        100 * maxRestSeconds,
      );
      expect(Math.max(...restsOf(rules))).toBeGreaterThan(50);
    }
  });

  it('rests for longer if no note may be struck before', () => {
    const rules = { maxNotesPerSecond: 1, maxNoteSeconds: 0.1, lengthSeconds: 9 };
    for (const seed of seeds) {
      const [resting, other] = [{ maxRestSeconds: 0.1 }, {}].map((more) => {
        return notesOf(walk({ ...rules, ...more }, seed));
      });
      expect(resting.length).toBeGreaterThanOrEqual(other.length);
      expect(resting.at(-1)!.endStep).toBeGreaterThan(700);
    }
  });

  it.each([0.01, 0.1, 0.75])('ends notes that have sounded for %d s', (maxNoteSeconds) => {
    for (const seed of seeds) {
      for (const rules of [{ maxEvents: 200 }, { lengthSeconds: 3.3, maxEvents: 900 }]) {
        const ids = walk({ ...rules, maxNoteSeconds }, seed).filter((id) => id !== END);
        expect(couldBeWritten([...ids, END])).toBe(true);
        const lengths = notesOf(ids).map(({ startStep, endStep }) => endStep - startStep);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(100 * maxNoteSeconds);
      }
    }
  });

  it('ends notes of a prompt that have sounded for too long, as soon as they can', () => {
    for (const seed of seeds) {
      const random = randomAt({ seed, purpose: 'sample', step: 1 });
      const primer = Array.from(encodeNotes(drawNotes(random, 12))).slice(0, 5 + 3 * seed);
      const rules = { maxEvents: 90, maxNoteSeconds: 0.02 };
      const written = walk(rules, seed, primer).filter((id) => id !== END);
      const startOf = (ids: readonly number[]): number =>
        ids.reduce((sum, id) => sum + (id >= 256 && id < 356 ? id - 255 : 0), 0);
      const begin = startOf(primer);
      for (const { startStep, endStep } of notesOf([...primer, ...written])) {
        expect(endStep - Math.max(startStep, begin)).toBeLessThanOrEqual(2);
      }
    }
  });

  it('continues notes that sound, and ends them', () => {
    for (const seed of seeds) {
      const random = randomAt({ seed, purpose: 'sample', step: 1 });
      const ids = Array.from(encodeNotes(drawNotes(random, 12)));
      const cuts = ids.flatMap((id, i) => (id >= 256 && id < 356 ? [i] : [])); // as primers end
      const primer = ids.slice(0, cuts[random.integer(100, cuts.length)]);
      const rules = { maxEvents: 60, maxPolyphony: 3, maxNotesPerSecond: 2, lengthSeconds: 4 };
      const written = walk(rules, seed, primer).filter((id) => id !== END);
      expect(couldBeWritten([...primer, ...written, END])).toBe(true);
    }
  });

  it('reports that rules leave no pitch', () => {
    const no =
      (rules: PerformanceRules): (() => unknown) =>
      () =>
        performanceGrammar(rules);
    expect(no({ lowestPitch: 61, highestPitch: 60 })).toThrow(
      new RangeError('lowestPitch: expected a pitch up to highestPitch (60), got none from 61 on'),
    );
    expect(no({ lowestPitch: 61, highestPitch: 61, scale: keyScale('c-major') })).toThrow(
      new RangeError(
        'lowestPitch: expected a pitch in the key up to highestPitch (61), got none from 61 on',
      ),
    );
  });
});
