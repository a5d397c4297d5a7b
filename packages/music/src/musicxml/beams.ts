import { SIXTEENTHS_PER_BEAT } from './sheet.js';
import type { NoteSymbol } from './split-into-symbols.js';

/** State of a beam at a note, in the words of MusicXML. */
export type Beam = 'begin' | 'continue' | 'end' | 'forward hook' | 'backward hook';

/**
 * The beams of a bar, which join the eighths and sixteenths of a beat.
 *
 * @param beats - Starts of the beats of the bar, in ascending order from 0.
 * @returns the beams of each symbol, beginning with the beam of eighths.
 */
export function beamsOf(
  symbols: readonly NoteSymbol[],
  beats: readonly number[],
): readonly (readonly Beam[])[] {
  const beams: Beam[][] = symbols.map(() => []);
  for (const group of runsOf(symbols, ({ startSixteenth, ...symbol }) =>
    beamCount(symbol) > 0 ? beats.filter((beat) => beat <= startSixteenth).length : undefined,
  )) {
    if (group.length === 1) continue;
    for (const i of group) beams[i].push(beamAt(group, i));
    for (const run of runsOf(symbols, (symbol, i) =>
      group.includes(i) && beamCount(symbol) > 1 ? 1 : undefined,
    )) {
      const hook: Beam = run[0] === group[0] ? 'forward hook' : 'backward hook';
      for (const i of run) beams[i].push(run.length === 1 ? hook : beamAt(run, i));
    }
  }
  return beams;
}

function beamAt(run: readonly number[], i: number): Beam {
  if (i === run[0]) return 'begin';
  return i === run.at(-1) ? 'end' : 'continue';
}

/** Two for a sixteenth, one for an eighth, with or without a dot. */
function beamCount({ pitches, sixteenths }: Omit<NoteSymbol, 'startSixteenth'>): number {
  if (pitches.length === 0 || sixteenths >= SIXTEENTHS_PER_BEAT) return 0;
  return sixteenths === 1 ? 2 : 1;
}

/** Places of symbols that follow one another with one and the same key. */
function runsOf(
  symbols: readonly NoteSymbol[],
  keyOf: (symbol: NoteSymbol, i: number) => number | undefined,
): readonly (readonly number[])[] {
  const runs: number[][] = [];
  let before: number | undefined;
  symbols.forEach((symbol, i) => {
    const key = keyOf(symbol, i);
    if (key !== undefined && key === before) runs[runs.length - 1].push(i);
    else if (key !== undefined) runs.push([i]);
    before = key;
  });
  return runs;
}
