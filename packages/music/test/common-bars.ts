import { type SheetBar, sheetBars, type SheetTime } from '../src/musicxml/sheet.js';

/** Bars of one time signature, common time by default. */
export function barsOf(count: number, time?: SheetTime): readonly SheetBar[] {
  const sheet = {
    title: 'Study',
    tempoBpm: 120,
    key: { fifths: 0, mode: 'major' },
    changes: time && [{ sixteenth: 0, time }],
    parts: [],
  } as const;
  const { beats, beatType } = time ?? { beats: 4, beatType: 4 };
  return sheetBars(sheet, (count * 16 * beats) / beatType);
}
