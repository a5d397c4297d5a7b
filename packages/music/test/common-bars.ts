import {
  type SheetBar,
  sheetBars,
  type SheetNote,
  type SheetTime,
  SIXTEENTH,
} from '../src/musicxml/sheet.js';

/** Returns `count` bars of one time signature, common time by default. */
export function barsOf(count: number, time?: SheetTime): readonly SheetBar[] {
  const sheet = {
    title: 'Study',
    tempoBpm: 120,
    key: { fifths: 0, mode: 'major' },
    changes: time && [{ division: 0, time }],
    parts: [],
  } as const;
  const { beats, beatType } = time ?? { beats: 4, beatType: 4 };
  return sheetBars(sheet, (SIXTEENTH * count * 16 * beats) / beatType);
}

/** Returns a note whose start and end are given in sixteenths. */
export function sheetNote(start: number, end: number, pitch = 60): SheetNote {
  return { startDivision: SIXTEENTH * start, endDivision: SIXTEENTH * end, pitch };
}

/** Returns `start end pitch` of a note, in sixteenths. */
export function shownNote({ startDivision, endDivision, pitch }: SheetNote): string {
  return `${startDivision / SIXTEENTH} ${endDivision / SIXTEENTH} ${pitch}`;
}
