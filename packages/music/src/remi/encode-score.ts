import { DRUMS, type Score, type TimeSignature } from '../score/score.js';
import { CHORD_QUALITIES } from './chord-qualities.js';
import { findChords } from './find-chords.js';
import { ticksPerBar, ticksPerBeat } from '../score/meter.js';
import { type GridScore, quantizeScore } from './quantize-score.js';
import {
  DRUM_PITCH_RANGE,
  PITCH_RANGE,
  type RemiVocabulary,
  TIME_SIGNATURES,
} from './remi-vocabulary.js';
import { fill, ticksOf } from './time-values.js';

/** What happens at a tick, as ids; a note with all of its tokens. */
interface ScoreEvent {
  readonly tick: number;
  readonly ids: readonly number[];
  /** When a rest can follow: the end of a note, or the tick of anything else. */
  readonly endTick: number;
  readonly signature?: TimeSignature;
}

/**
 * A score as the ids of REMI, in one stream for all programs: bars with their time signatures, positions in
 * a bar, tempos, and notes of program, pitch, velocity and duration.
 *
 * @see Huang and Yang 2020, https://arxiv.org/abs/2002.00212; von Rütte et al. 2022 for several
 *   instruments (REMI+), https://arxiv.org/abs/2201.10936; the ids are those of MidiTok 3.1
 */
export function encodeScore(score: Score, vocabulary: RemiVocabulary): Int32Array {
  const grid = quantizeScore(score, vocabulary);
  return Int32Array.from(withTime(grid, vocabulary));
}

/** Time signatures, tempos, and the notes of each part, in order of their ticks. */
function eventsOf(grid: GridScore, vocabulary: RemiVocabulary): readonly ScoreEvent[] {
  const { first, settings } = vocabulary;
  const events: ScoreEvent[] = [
    ...grid.timeSignatures.map((signature) => {
      return { tick: signature.tick, endTick: signature.tick, ids: [], signature };
    }),
    ...grid.tempos.map(({ tick, tempoIndex }) => {
      return { tick, endTick: tick, ids: [first.tempo + tempoIndex] };
    }),
  ];
  for (const { program, notes } of grid.parts) {
    const programId = first.program + settings.programs.indexOf(program);
    const isDrum = program === DRUMS;
    const lowest = isDrum ? first.drumPitch - DRUM_PITCH_RANGE[0] : first.pitch - PITCH_RANGE[0];
    if (settings.chords && !isDrum) {
      const chords = findChords(notes, grid.sections, settings.positionsPerBeat);
      for (const { tick, quality } of chords) {
        const chordId = first.chord + Object.keys(CHORD_QUALITIES).indexOf(quality);
        events.push({ tick, endTick: tick, ids: [programId, chordId] });
      }
    }
    for (const { tick, durationTicks, pitch, velocityIndex, durationIndex } of notes) {
      const ids = [
        programId,
        lowest + pitch,
        first.velocity + velocityIndex,
        first.duration + durationIndex,
      ];
      events.push({ tick, endTick: tick + durationTicks, ids });
    }
  }
  return events.sort((a, b) => a.tick - b.tick);
}

/** The ids of all events with bars, positions and rests before them. */
function withTime(grid: GridScore, vocabulary: RemiVocabulary): number[] {
  const { first, settings, rests } = vocabulary;
  const { ticksPerQuarter } = grid;
  const ids: number[] = [];
  let [signature] = grid.timeSignatures;
  let [signatureTick, signatureBar] = [0, 0];
  let [bar, barTick] = [-1, 0];
  let [now, soundsUntil] = [-1, 0];
  for (const { tick, ids: own, endTick, signature: next } of eventsOf(grid, vocabulary)) {
    const beat = ticksPerBeat(signature, ticksPerQuarter);
    const barTicks = ticksPerBar(signature, ticksPerQuarter);
    const barAt = (at: number): number => {
      return signatureBar + Math.floor((at - signatureTick) / barTicks);
    };
    if (tick !== now) {
      const lengths = rests.map((value) => ticksOf(value, beat));
      if (settings.rests && tick - soundsUntil >= lengths[0]) {
        now = Math.max(soundsUntil, now);
        for (const index of fill(tick - now, lengths)) {
          ids.push(first.rest + index);
          now += lengths[index];
        }
        const realBar = barAt(now);
        if (realBar > bar) {
          bar = Math.max(0, bar);
          barTick += (realBar - bar) * barTicks;
          bar = realBar;
        }
      }
      const newBars = barAt(tick) - bar;
      for (let left = newBars; left > 0; left--) {
        bar++;
        barTick = signatureTick + (bar - signatureBar) * barTicks;
        ids.push(first.bar);
        if (left > 1 || !next) ids.push(first.timeSignature + signatureIndex(signature));
      }
      if (!next) {
        const ticksPerPosition = Math.floor(beat / settings.positionsPerBeat);
        ids.push(first.position + Math.floor((tick - barTick) / ticksPerPosition));
      }
      now = tick;
    }
    if (next) {
      signatureBar = barAt(tick);
      signatureTick = tick;
      signature = next;
      ids.push(first.timeSignature + signatureIndex(next));
      now--; // a position follows
    }
    ids.push(...own);
    soundsUntil = Math.max(soundsUntil, endTick);
  }
  return ids;
}

function signatureIndex({ beats, beatType }: TimeSignature): number {
  return TIME_SIGNATURES.findIndex(([b, type]) => b === beats && type === beatType);
}
