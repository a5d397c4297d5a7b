import { firstIndex, type Meter, type MeterTempo } from '../notes/meter.js';
import type { StepNote } from '../notes/note.js';
import { assignVoices } from './assign-voices.js';
import { estimateKey } from './estimate-key.js';
import { quantizeByMeter, quantizePerformance } from './quantize-performance.js';
import {
  LOWEST_PITCH,
  type Sheet,
  type SheetChange,
  type SheetKey,
  type SheetNote,
  type SheetTime,
  SIXTEENTHS_PER_BEAT,
} from './sheet.js';

const MIDDLE_C = 60;

/**
 * A performance as sheet music for the piano: notes move to the nearest sixteenth, middle C and above go to
 * the right hand and the rest to the left. With a meter, its bars, tempos and keys are written; without one
 * beats are tracked, bars are of four quarters, and the key is estimated. What is lost: velocities,
 * triplets, notes below C sharp 0, and without a meter changes of tempo; and where a hand has more than two
 * voices, notes end earlier.
 *
 * @param meter - Of the piece that the performance continues, from its beginning on.
 */
export function performanceSheet(performance: readonly StepNote[], meter?: Meter): Sheet {
  const writable = performance.filter(({ pitch }) => pitch >= LOWEST_PITCH);
  const byMeter = meter && quantizeByMeter(writable, meter);
  const { tempoBpm, notes } = byMeter
    ? { tempoBpm: bpmOf(meter.tempos[0]), notes: byMeter }
    : quantizePerformance(writable);
  const right = notes.filter(({ pitch }) => pitch >= MIDDLE_C);
  const left = notes.filter(({ pitch }) => pitch < MIDDLE_C);
  return {
    title: 'Performance',
    tempoBpm,
    key: estimateKey(notes),
    ...(byMeter && { changes: changesOf(meter, notes) }),
    parts: [
      {
        name: 'Piano',
        staves: [
          { clef: 'treble', voices: assignVoices(right) },
          { clef: 'bass', voices: assignVoices(left) },
        ],
      },
    ],
  };
}

/** The changes of a meter, on the grid of sixteenths; a signature that is only repeated is no change. */
function changesOf(meter: Meter, notes: readonly SheetNote[]): readonly SheetChange[] {
  let time: SheetTime = { beats: 4, beatType: 4 };
  const isNew = ({ beats, beatType }: SheetTime): boolean => {
    if (beats === time.beats && beatType === time.beatType) return false;
    time = { beats, beatType };
    return true;
  };
  const place = (quarter: number): number => Math.round(SIXTEENTHS_PER_BEAT * quarter);
  const noteAt = (sixteenth: number): number =>
    firstIndex(notes, ({ startSixteenth }) => startSixteenth >= sixteenth);
  const changes: SheetChange[] = [
    ...meter.tempos.map((tempo) => {
      return { sixteenth: place(tempo.quarter), tempoBpm: bpmOf(tempo) };
    }),
    ...meter.timeSignatures.filter(isNew).map(({ quarter, beats, beatType }) => {
      return { sixteenth: place(quarter), time: { beats, beatType } };
    }),
    ...meter.keys.map(({ quarter, key }, i) => {
      const sixteenth = place(quarter);
      const end = place(meter.keys.at(i + 1)?.quarter ?? Infinity);
      return { sixteenth, key: modeOf(key, notes.slice(noteAt(sixteenth), noteAt(end))) };
    }),
  ];
  return changes.sort((a, b) => a.sixteenth - b.sixteenth);
}

/** A key, as minor where the notes are in its relative minor: many files call every key major. */
function modeOf(key: SheetKey, notes: readonly SheetNote[]): SheetKey {
  return key.mode === 'minor' ? key : estimateKey(notes, key.fifths);
}

/** Quarters a minute, to two decimals. */
function bpmOf({ secondsPerQuarter }: MeterTempo): number {
  return Math.round(6000 / secondsPerQuarter) / 100;
}
