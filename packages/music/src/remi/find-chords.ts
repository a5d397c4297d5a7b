import { CHORD_QUALITIES } from './chord-qualities.js';
import { type BeatSection, sectionAt } from '../score/meter.js';
import type { GridNote } from './quantize-score.js';

/** A chord of one part, by its quality. */
export interface FoundChord {
  readonly tick: number;
  readonly quality: string;
}

/** Notes that are looked at together. */
const MOST_NOTES = 10;

/**
 * The chords of a part: three to five notes that begin within one position of each other and end within
 * half a beat, and whose intervals above the first of them have a name. Inversions have none.
 *
 * @param notes - In order of their ticks, then pitches.
 * @see MidiTok, `detect_chords`
 */
export function findChords(
  notes: readonly GridNote[],
  sections: readonly BeatSection[],
  positionsPerBeat: number,
): readonly FoundChord[] {
  const chords: FoundChord[] = [];
  let lastTick = -1;
  for (let at = 0; at < notes.length;) {
    const first = notes[at];
    if (first.tick === lastTick) {
      at++;
      continue;
    }
    const { ticksPerBeat } = sectionAt(sections, first.tick);
    const halfBeat = Math.floor(ticksPerBeat / 2);
    const latest = first.tick + ticksPerBeat / positionsPerBeat;
    const endsLater = (note: GridNote): number => endOf(note) - endOf(first);
    let together = notes.slice(at, at + MOST_NOTES).filter(({ tick }) => tick <= latest);
    if (together.some((note) => Math.abs(endsLater(note)) > halfBeat)) {
      at += together.length;
      continue;
    }
    if (first.durationTicks <= halfBeat) {
      together = together.filter(({ tick }) => tick === first.tick);
    }
    const chord = together.filter((note) => endsLater(note) <= halfBeat);
    const quality = qualityOf(chord.map(({ pitch }) => pitch - first.pitch));
    if (quality !== undefined) chords.push({ tick: first.tick, quality });
    lastTick = together.reduce((last, { tick }) => Math.max(last, tick), -1);
    at += together.length;
  }
  return chords;
}

function endOf({ tick, durationTicks }: GridNote): number {
  return tick + durationTicks;
}

function qualityOf(semitones: readonly number[]): string | undefined {
  const key = semitones.join();
  return Object.keys(CHORD_QUALITIES).find((quality) => CHORD_QUALITIES[quality].join() === key);
}
