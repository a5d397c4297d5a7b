import {
  COMMON_TIME,
  type Score,
  type ScoreNote,
  type TempoChange,
  ticksPerBar,
  ticksPerBeat,
  type TimeSignature,
} from '../score/score.js';
import {
  MAX_BEAT_TYPE,
  type RemiKind,
  type RemiToken,
  type RemiVocabulary,
  USUAL_BPM,
} from './remi-vocabulary.js';
import { closest, ticksOf } from './time-values.js';

/** Kinds that start the piece in common time if they come before any time signature. */
const OF_NOTES: ReadonlySet<RemiKind> = new Set(['pitch', 'drumPitch', 'velocity', 'duration']);

/**
 * The score that ids encode, in any order. A note is a pitch with its velocity and its duration
 * after it, of the last program; ids without a meaning at their position are ignored.
 *
 * @returns parts in the order of their first notes.
 * @see MidiTok 3.1, `REMI._tokens_to_score`
 */
export function decodeRemi(ids: readonly number[], vocabulary: RemiVocabulary): Score {
  const { positionsPerBeat } = vocabulary.settings;
  const tokens = ids.map((id): RemiToken => vocabulary.tokens[id] ?? { kind: 'special' });
  const ticksPerQuarter = (positionsPerBeat * MAX_BEAT_TYPE) / 4;
  let signature: TimeSignature = { tick: 0, ...(firstSignature(tokens) ?? COMMON_TIME) };
  const timeSignatures = [signature];
  const tempos: TempoChange[] = [];
  const parts = new Map<number, ScoreNote[]>();
  let beat = ticksPerBeat(signature, ticksPerQuarter);
  let barTicks = ticksPerBar(signature, ticksPerQuarter);
  let [tick, soundsUntil, program] = [0, 0, 0];
  let [bar, barTick, signatureBar, signatureTick] = [-1, 0, 0, 0];
  tokens.forEach((token, i) => {
    switch (token.kind) {
      case 'bar':
        bar++;
        if (bar > 0) tick = barTick + barTicks;
        barTick = tick;
        break;
      case 'rest': {
        tick = Math.max(soundsUntil, tick) + ticksOf(token.value, beat);
        const realBar = signatureBar + Math.floor((tick - signatureTick) / barTicks);
        if (realBar > bar) {
          bar = Math.max(0, bar);
          barTick += (realBar - bar) * barTicks;
          bar = realBar;
        }
        break;
      }
      case 'position':
        bar = Math.max(0, bar);
        tick = barTick + token.position * Math.floor(beat / positionsPerBeat);
        break;
      case 'pitch':
      case 'drumPitch': {
        const [velocity, duration] = [tokens.at(i + 1), tokens.at(i + 2)];
        if (velocity?.kind !== 'velocity' || duration?.kind !== 'duration') break;
        const { pitch } = token;
        const durationTicks = ticksOf(duration.value, beat);
        const notes = parts.get(program) ?? [];
        parts.set(program, notes);
        notes.push({ tick, durationTicks, pitch, velocity: velocity.velocity });
        soundsUntil = Math.max(soundsUntil, tick + durationTicks);
        break;
      }
      case 'program':
        program = token.program;
        break;
      case 'tempo':
        tempos.push({ tick, microsecondsPerQuarter: Math.round(6e7 / token.bpm) });
        soundsUntil = Math.max(soundsUntil, tick);
        break;
      case 'timeSignature': {
        const { beats, beatType } = token;
        if (beats === signature.beats && beatType === signature.beatType) break;
        signature = { tick, beats, beatType };
        timeSignatures.push(signature);
        [signatureTick, signatureBar] = [barTick, bar];
        barTicks = ticksPerBar(signature, ticksPerQuarter);
        beat = ticksPerBeat(signature, ticksPerQuarter);
        break;
      }
    }
  });
  return {
    name: 'output',
    ticksPerQuarter,
    parts: [...parts].map(([of, notes]) => ({ program: of, notes })),
    tempos: withUsualTempo(tempos, vocabulary),
    timeSignatures,
    repairs: [],
  };
}

/** The first time signature, if it comes before any note. */
function firstSignature(tokens: readonly RemiToken[]): Omit<TimeSignature, 'tick'> | undefined {
  for (const token of tokens) {
    if (token.kind === 'timeSignature') return { beats: token.beats, beatType: token.beatType };
    if (OF_NOTES.has(token.kind)) return undefined;
  }
  return undefined;
}

function withUsualTempo(
  tempos: readonly TempoChange[],
  { tempos: known }: RemiVocabulary,
): readonly TempoChange[] {
  if (tempos.at(0)?.tick === 0) return tempos;
  const bpm = known.length === 0 ? USUAL_BPM : known[closest(known, USUAL_BPM)];
  return [{ tick: 0, microsecondsPerQuarter: Math.round(6e7 / bpm) }, ...tempos];
}
