import { counted, escapeHtml } from '@ramble/core/files';

import { STEPS_PER_SECOND } from '../events/events.js';
import type { StepNote } from '../notes/note.js';
import { programName } from './instruments.js';
import { barTicks, DRUMS, type Score } from './score.js';

/** Height of a semitone in pixels. */
const SEMITONE = 6;
const BLACK_KEYS = [1, 3, 6, 8, 10];
/** Range of pitches that every piano roll shows, at least. */
const [MIDDLE_C, B_ABOVE] = [60, 71];

const MARGIN = 34;

/** Rectangle of a note in a roll; sizes are in pixels. */
interface RollBar {
  readonly pitch: number;
  readonly left: number;
  readonly width: number;
  readonly velocity: number;
}

/** Parts of a picture of a piano roll. */
interface RollPicture {
  /** Title of the picture, in plain text. */
  readonly title: string;
  readonly width: number;
  /** Vertical lines across all pitches, some with a name below. */
  readonly marks: readonly { readonly x: number; readonly name?: string }[];
  /** Notes in one colour, and the name of their group. */
  readonly groups: readonly {
    readonly colour: string;
    readonly name?: string;
    readonly bars: readonly RollBar[];
  }[];
  /** SVG content below the roll, which begins at y = 0, and its height in pixels. */
  readonly legend?: { readonly content: string; readonly height: number };
}

/** Draws a piano roll of whole octaves around all pitches: a picture in SVG. Louder notes are darker. */
function rollPicture({ title, width, marks, groups, legend }: RollPicture): string {
  const pitches = groups.flatMap(({ bars }) => bars.map(({ pitch }) => pitch));
  const low = Math.floor(pitches.reduce((a, b) => Math.min(a, b), MIDDLE_C) / 12) * 12;
  const high = Math.ceil((pitches.reduce((a, b) => Math.max(a, b), B_ABOVE) + 1) / 12) * 12;
  const height = (high - low) * SEMITONE;
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
  const lines = marks.map(({ x, name }) => {
    const text = `<text x="${x}" y="${height + 16}" text-anchor="middle">${name}</text>`;
    return `<path d="M${x} 0V${height}" />${name === undefined ? '' : text}`;
  });
  const barOf = ({ pitch, left, width, velocity }: RollBar): string => {
    const opacity = pixels(0.25 + (0.75 * velocity) / 127);
    const place = `x="${left}" y="${top(pitch)}" width="${width}"`;
    return `<rect ${place} height="${SEMITONE - 1}" rx="1" opacity="${opacity}" />`;
  };
  const notes = groups.map(({ colour, name, bars }) => {
    const title = name === undefined ? '' : `<title>${name}</title>`;
    return `<g fill="${colour}">${title}${bars.map(barOf).join('\n')}</g>`;
  });
  const fullWidth = width + 2 * MARGIN;
  const fullHeight = height + 2 * MARGIN + (legend?.height ?? 0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="${-MARGIN} ${-MARGIN} ${fullWidth} ${fullHeight}">`,
    `<title>${title}</title>`,
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${fullWidth}" height="${fullHeight}" fill="#fff" />`,
    `<g fill="#f1f3f5">${keys.join('')}</g>`,
    `<g fill="#555" stroke="none" font-family="sans-serif" font-size="11">`,
    `<g stroke="#d5d9dd">${[...octaves, ...lines].join('').replaceAll('<text', '<text stroke="none"')}</g>`,
    legend ? `<g transform="translate(0 ${height + MARGIN})">${legend.content}</g></g>` : '</g>',
    notes.join('\n'),
    '</svg>',
    '',
  ].join('\n');
}

/** Rounds a number of pixels to two decimals. */
function pixels(value: number): number {
  return Math.round(100 * value) / 100;
}

/** Width of a second in pixels. */
const SECOND = 60;

/**
 * Draws a piano roll as SVG: time from left to right, pitch upwards. Vertical lines mark seconds, and horizontal
 * lines every C.
 */
export function drawPianoRoll(notes: readonly StepNote[]): string {
  const end = notes.reduce((last, { endStep }) => Math.max(last, endStep), 0);
  const seconds = Math.max(1, Math.ceil(end / STEPS_PER_SECOND));
  const x = (step: number): number => pixels((step / STEPS_PER_SECOND) * SECOND);
  const bars = notes.map(({ startStep, endStep, pitch, velocity }) => {
    return { pitch, left: x(startStep), width: x(endStep - startStep), velocity };
  });
  return rollPicture({
    title: `Piano roll: ${counted(notes.length, 'note')}, ${seconds} s`,
    width: seconds * SECOND,
    marks: Array.from({ length: seconds + 1 }, (_, second) => {
      return { x: second * SECOND, name: second % 5 === 0 ? `${second} s` : undefined };
    }),
    groups: [{ colour: '#17458f', bars }],
  });
}

/** Width of a quarter note in pixels. */
const QUARTER = 24;
/** Colours that colour-blind people can distinguish (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5c00'];
const DRUM_COLOUR = '#666';
const LEGEND_LINE = 16;
/** Number of bars from one bar number to the next. */
const NUMBERED_BARS = 4;

/** Returns the colour of each part, in the order of their programs; drums are grey. */
export function partColours(programs: readonly number[]): string[] {
  let pitched = 0;
  return programs.map((program) =>
    program === DRUMS ? DRUM_COLOUR : COLOURS[pitched++ % COLOURS.length],
  );
}

/**
 * Draws a score as a piano roll (SVG) with a colour for each part: quarters from left to right, pitch upwards.
 * Vertical lines mark bars, and horizontal lines every C. The names of the parts are below.
 */
export function drawScore(score: Score): string {
  const { ticksPerQuarter, parts } = score;
  const ticks = barTicks(score);
  const x = (tick: number): number => pixels((tick / ticksPerQuarter) * QUARTER);
  const colours = partColours(parts.map(({ program }) => program));
  const groups = parts.map(({ name, program, notes }, i) => ({
    colour: colours[i],
    name: escapeHtml(name ?? programName(program)),
    bars: notes.map(({ tick, durationTicks, pitch, velocity }) => {
      return { pitch, left: x(tick), width: x(durationTicks), velocity };
    }),
  }));
  const legend = groups.map(({ colour, name, bars }, i) => {
    const y = i * LEGEND_LINE;
    const text = `${name}, ${counted(bars.length, 'note')}`;
    return `<rect y="${y}" width="10" height="10" fill="${colour}" /><text x="16" y="${y + 9}">${text}</text>`;
  });
  const count = groups.reduce((sum, { bars }) => sum + bars.length, 0);
  return rollPicture({
    title: `Piano roll: ${counted(parts.length, 'part')}, ${counted(count, 'note')}, ${counted(ticks.length - 1, 'bar')}`,
    width: x(ticks[ticks.length - 1]),
    marks: ticks.map((tick, bar) => {
      return { x: x(tick), name: bar % NUMBERED_BARS === 0 ? `${bar + 1}` : undefined };
    }),
    groups,
    legend: { content: legend.join(''), height: legend.length * LEGEND_LINE },
  });
}
