import { counted } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { StepNote } from './note.js';
import { pixels, rollGrid, rollPicture, SEMITONE } from './roll-grid.js';

/** Pixels of a second. */
const SECOND = 60;

/**
 * A piano roll as a picture (SVG): time from left to right, pitch upwards, a note the darker the harder
 * it is struck. Lines are seconds and Cs.
 */
export function drawPianoRoll(notes: readonly StepNote[]): string {
  const seconds = Math.max(
    1,
    Math.ceil(notes.reduce((last, { endStep }) => Math.max(last, endStep), 0) / STEPS_PER_SECOND),
  );
  const width = seconds * SECOND;
  const pitches = notes.map(({ pitch }) => pitch);
  const grid = rollGrid(pitches, width);
  const left = (step: number): number => pixels((step / STEPS_PER_SECOND) * SECOND);
  const marks = Array.from({ length: seconds + 1 }, (_, second) => {
    return { x: second * SECOND, name: second % 5 === 0 ? `${second} s` : undefined };
  });
  const bars = notes.map(({ startStep, endStep, pitch, velocity }) => {
    const opacity = pixels(0.25 + (0.75 * velocity) / 127);
    const place = `x="${left(startStep)}" y="${grid.top(pitch)}" width="${left(endStep - startStep)}"`;
    return `<rect ${place} height="${SEMITONE - 1}" rx="1" opacity="${opacity}" />`;
  });
  return rollPicture({
    title: `Piano roll: ${counted(notes.length, 'note')}, ${seconds} s`,
    width,
    grid,
    marks,
    notes: `<g fill="#17458f">${bars.join('\n')}</g>`,
  });
}
