import type { StepNote } from '../notes/note.js';
import { skyline } from './accompaniment-sections.js';

const note = (startStep: number, endStep: number, pitch: number): StepNote => {
  return { startStep, endStep, pitch, velocity: 64 };
};
const pitches = (...notes: StepNote[]): number[] => skyline(notes).map(({ pitch }) => pitch);

describe('skyline', () => {
  it('takes the highest of the notes that are struck in one step of 100 ms', () => {
    expect(pitches(note(0, 40, 48), note(3, 40, 60), note(4, 40, 55), note(50, 90, 59))).toEqual([
      60, 59,
    ]);
  });

  it('leaves out notes below a melody note that still sounds', () => {
    expect(pitches(note(0, 80, 72), note(20, 40, 60), note(40, 60, 64), note(60, 80, 67))).toEqual([
      72,
    ]);
    expect(pitches(note(0, 20, 72), note(20, 40, 60))).toEqual([72, 60]);
  });

  it('takes higher notes and the same again whenever they are struck', () => {
    expect(pitches(note(0, 80, 72), note(20, 40, 72), note(40, 60, 76))).toEqual([72, 72, 76]);
  });

  it('hides other notes for only a second while the pedal holds a note', () => {
    const held = note(0, 1000, 72);
    expect(pitches(held, note(90, 120, 60), note(100, 120, 62))).toEqual([72, 62]);
  });

  it('has nothing of nothing', () => {
    expect(skyline([])).toEqual([]);
  });
});
