import { counted } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { StepNote } from '../notes/note.js';
import { programName } from './instruments.js';
import { barTicks, DRUMS, type Score, type ScorePart } from './score.js';

/** Height of a semitone in pixels. */
const SEMITONE = 6;
const BLACK_KEYS = [1, 3, 6, 8, 10];
/** The lowest and the highest pitch that every roll shows. */
const [MIDDLE_C, B_ABOVE] = [60, 71];

/** The rows of a piano roll, whole octaves around some pitches. */
interface RollGrid {
  /** The rows' height in pixels. */
  readonly height: number;
  /** Returns the upper edge of a pitch's row. */
  top(pitch: number): number;
  /** The rows of black keys, as SVG. */
  readonly keys: string;
  /** Lines and names of the Cs, as SVG. */
  readonly octaves: string;
}

/** Makes the rows for pitches. */
function rollGrid(pitches: readonly number[], width: number): RollGrid {
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

/** A line across all pitches, optionally with a name below it. */
interface RollMark {
  readonly x: number;
  readonly name?: string;
}

/** Parts of a picture of a piano roll. */
interface RollPicture {
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
function rollPicture({ title, width, grid, marks, notes, legend }: RollPicture): string {
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

/** Formats a number of pixels with two digits. */
function pixels(value: number): number {
  return Math.round(100 * value) / 100;
}

/** Width of a second in pixels. */
const SECOND = 60;

/**
 * Draws a piano roll as SVG: time from left to right, pitch upwards. Louder notes are darker. Lines are
 * seconds and Cs.
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

/** Width of a quarter note in pixels. */
const QUARTER = 24;
/**
 * The colours of parts, which colour-blind people can distinguish (Okabe and Ito); drums are grey.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5c00'];
const DRUM_COLOUR = '#666';
const LEGEND_LINE = 16;
/** Number of bars from one bar number to the next. */
const NUMBERED_BARS = 4;

/**
 * Draws a score as a piano roll (SVG) with a colour for each part: quarters from left to right, pitch
 * upwards. Louder notes are darker. Lines are bars and Cs; the names of the parts are below.
 */
export function drawScore(score: Score): string {
  const { ticksPerQuarter, parts } = score;
  const notes = parts.flatMap((part) => part.notes);
  const bars = barTicks(score);
  const x = (tick: number): number => pixels((tick / ticksPerQuarter) * QUARTER);
  const width = x(bars[bars.length - 1]);
  const grid = rollGrid(
    notes.map(({ pitch }) => pitch),
    width,
  );
  let pitched = 0;
  const coloured = parts.map((part) => ({
    part,
    colour: part.program === DRUMS ? DRUM_COLOUR : COLOURS[pitched++ % COLOURS.length],
  }));
  const drawPart = ({ part, colour }: { part: ScorePart; colour: string }): string => {
    const rects = part.notes.map(({ tick, durationTicks, pitch, velocity }) => {
      const opacity = pixels(0.25 + (0.75 * velocity) / 127);
      const place = `x="${x(tick)}" y="${grid.top(pitch)}" width="${x(durationTicks)}"`;
      return `<rect ${place} height="${SEMITONE - 1}" rx="1" opacity="${opacity}" />`;
    });
    return `<g fill="${colour}"><title>${programName(part.program)}</title>${rects.join('\n')}</g>`;
  };
  const legend = coloured.map(({ part, colour }, i) => {
    const y = i * LEGEND_LINE;
    const text = `${programName(part.program)}, ${counted(part.notes.length, 'note')}`;
    return `<rect y="${y}" width="10" height="10" fill="${colour}" /><text x="16" y="${y + 9}">${text}</text>`;
  });
  return rollPicture({
    title: `Piano roll: ${counted(parts.length, 'part')}, ${counted(notes.length, 'note')}, ${counted(bars.length - 1, 'bar')}`,
    width,
    grid,
    marks: bars.map((tick, bar) => {
      return { x: x(tick), name: bar % NUMBERED_BARS === 0 ? `${bar + 1}` : undefined };
    }),
    notes: coloured.map(drawPart).join('\n'),
    legend: { content: legend.join(''), height: legend.length * LEGEND_LINE },
  });
}
