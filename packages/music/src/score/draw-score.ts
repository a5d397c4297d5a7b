import { counted } from '@ramble/core/files';

import { pixels, rollGrid, rollPicture, SEMITONE } from '../notes/piano-roll.js';
import { barTicks, DRUMS, type Score, type ScorePart } from './score.js';
import { programName } from './instruments.js';

/** Pixels of a quarter note. */
const QUARTER = 24;
/**
 * The colours of parts, which colour-blind people can distinguish (Okabe and Ito); drums are grey.
 */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a5c00'];
const DRUM_COLOUR = '#666';
const LEGEND_LINE = 16;
/** Bars from one number to the next. */
const NUMBERED_BARS = 4;

/**
 * A score as a piano roll (SVG) with a colour for each part: quarters from left to right, pitch upwards, a
 * note the darker the harder it is struck. Lines are bars and Cs; below are the names of the parts.
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
