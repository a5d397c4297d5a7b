import type { Points, Span } from './curve-points.js';

/** The part of a curve that is drawn, and the number of columns of pixels for it. */
export interface ColumnOptions {
  readonly span: Span;
  readonly columns: number;
}

/** Values of a curve at the positions of `columnPlaces`; `undefined` where the curve has no value but continues. */
export type ColumnValues = (number | undefined)[];

/** Returns the positions on the horizontal axis at which curves have values: two in each column of pixels. */
export function columnPlaces({ from, to }: Span, columns: number): number[] {
  const width = (to - from) / (2 * columns);
  return Array.from({ length: 2 * columns }, (_, i) => from + (i + 0.5) * width);
}

/** Smallest and largest value of a curve in a column of pixels. */
interface Column {
  smallest: number;
  largest: number;
  /**
   * Position of `smallest` in columns: 1.5 is the middle of the second column. `largestAt` is the position of
   * `largest`.
   */
  smallestAt: number;
  largestAt: number;
}

/**
 * Returns the smallest and the largest value of each column of pixels, in the order of the curve, so that no
 * peak is lost.
 */
export function columnExtremes(points: Points, options: ColumnOptions): ColumnValues {
  const found = new Map<number, Column>();
  eachValue(points, options, (place, value) => {
    const index = Math.floor(place);
    const column = found.get(index);
    if (!column) {
      const one = { smallest: value, largest: value, smallestAt: place, largestAt: place };
      found.set(index, one);
    } else if (value < column.smallest) {
      column.smallest = value;
      column.smallestAt = place;
    } else if (value > column.largest) {
      column.largest = value;
      column.largestAt = place;
    }
  });
  const values: ColumnValues = new Array<undefined>(2 * options.columns).fill(undefined);
  for (const [index, { smallest, largest, smallestAt, largestAt }] of found) {
    if (smallestAt === largestAt) {
      values[Math.floor(2 * smallestAt)] = smallest;
    } else {
      const [first, second] = smallestAt < largestAt ? [smallest, largest] : [largest, smallest];
      values[2 * index] = first;
      values[2 * index + 1] = second;
    }
  }
  return values;
}

/**
 * Calls back with each value in the span and its position in columns: 1.5 is the middle of the second column.
 */
function eachValue(
  { at, values }: Points,
  { span: { from, to }, columns }: ColumnOptions,
  use: (place: number, value: number) => void,
): void {
  const scale = columns / (to - from);
  at.forEach((place, i) => {
    const value = values[i];
    if (value === undefined || place < from || place > to) return;
    // The last position is inside the last column.
    use(Math.min((place - from) * scale, columns - 0.5), value);
  });
}

/** Colours of runs by index, readable on dark and light backgrounds. */
const RUN_COLOURS = [
  '#4a6cf7',
  '#d9730d',
  '#0f9d77',
  '#c2378b',
  '#8a6de9',
  '#b08900',
  '#0c93c4',
  '#d64545',
  '#6b8f1a',
  '#7d8794',
] as const;

/** Returns the colour of a run by its index. */
export function runColour(place: number): string {
  return RUN_COLOURS[place % RUN_COLOURS.length] ?? RUN_COLOURS[0];
}

/** Lengths of dashes and gaps in CSS pixels of the first ten runs, the next ten, and so on. */
const DASHES = [[], [14, 4], [14, 4, 3, 4], [7, 4], [7, 4, 3, 4]];

/** Returns the dashes of a run by its index; runs that share a colour have different ones. */
export function runDash(place: number): number[] {
  return DASHES[Math.floor(place / RUN_COLOURS.length) % DASHES.length] ?? [];
}

/** Returns the CSS class that gives an element the colour of a run, by the run's index. */
export function colourClass(place: number): string {
  return `run-colour-${place % RUN_COLOURS.length}`;
}
