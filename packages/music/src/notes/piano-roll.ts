import { counted } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { StepNote } from './note.js';

/** Pixels of a semitone. */
export const SEMITONE = 6;
const BLACK_KEYS = [1, 3, 6, 8, 10];
/** The lowest and the highest pitch that every roll shows. */
const [MIDDLE_C, B_ABOVE] = [60, 71];

/** The rows of a piano roll, whole octaves around some pitches. */
export interface RollGrid {
  /** The rows' height in pixels. */
  readonly height: number;
  /** The upper edge of a pitch's row. */
  top(pitch: number): number;
  /** The rows of black keys, as SVG. */
  readonly keys: string;
  /** Lines and names of the Cs, as SVG. */
  readonly octaves: string;
}

/** Makes the rows for pitches. */
export function rollGrid(pitches: readonly number[], width: number): RollGrid {
  const low = Math.floor(pitches.reduce((a, b) => Math.min(a, b), MIDDLE_C) / 12) * 12;
  const high = Math.ceil((pitches.reduce((a, b) => Math.max(a, b), B_ABOVE) + 1) / 12) * 12;
  const top = (pitch: number): number => (high - pitch - 1) * SEMITONE;
  const rows = Array.from({ length: high - low }, (_, i) => low + i);
  const keys = rows
    .filter((pitch) => BLACK_KEYS.includes(pitch % 12))
    .map((pitch) => `<rect y="${top(pitch)}" width="${width}" height="${SEMITONE}" />`);
  const octaves = rows
    .filter((pitch) => pitch % 12 === 0)
    .map((pitch) => {
      const y = top(pitch) + SEMITONE;
      const name = `<text x="-6" y="${y}" text-anchor="end">C${pitch / 12 - 1}</text>`;
      return `<path d="M0 ${y}H${width}" />${name}`;
    });
  return { height: (high - low) * SEMITONE, top, keys: keys.join(''), octaves: octaves.join('') };
}

const MARGIN = 34;

/** A line across all pitches, with a name below it or none. */
interface RollMark {
  readonly x: number;
  readonly name?: string;
}

/** Parts of a picture of a piano roll. */
export interface RollPicture {
  /** Plain text. */
  readonly title: string;
  readonly width: number;
  readonly grid: RollGrid;
  readonly marks: readonly RollMark[];
  /** The notes, as SVG. */
  readonly notes: string;
  /** Content below the roll, as SVG from y 0 on, and its height. */
  readonly legend?: { readonly content: string; readonly height: number };
}

/** Draws a piano roll: a picture in SVG. */
export function rollPicture({ title, width, grid, marks, notes, legend }: RollPicture): string {
  const { height, keys, octaves } = grid;
  const lines = marks.map(({ x, name }) => {
    const text = `<text x="${x}" y="${height + 16}" text-anchor="middle">${name}</text>`;
    return `<path d="M${x} 0V${height}" />${name === undefined ? '' : text}`;
  });
  const fullWidth = width + 2 * MARGIN;
  const fullHeight = height + 2 * MARGIN + (legend?.height ?? 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="${-MARGIN} ${-MARGIN} ${fullWidth} ${fullHeight}">`,
    `<title>${title}</title>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${fullWidth}" height="${fullHeight}" fill="#fff" />`,
    `<g fill="#f1f3f5">${keys}</g>`,
    `<g fill="#555" stroke="none" font-family="sans-serif" font-size="11">`,
    `<g stroke="#d5d9dd">${[octaves, ...lines].join('').replaceAll('<text', '<text stroke="none"')}</g>`,
    legend ? `<g transform="translate(0 ${height + MARGIN})">${legend.content}</g></g>` : '</g>',
    notes,
    '</svg>',
    '',
  ].join('\n');
}

/** A number of pixels, to two digits. */
export function pixels(value: number): number {
  return Math.round(100 * value) / 100;
}

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
