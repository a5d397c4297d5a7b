import { listAt } from '../notes/note.js';
import { COMMON_TIME, type SheetTime } from '../musicxml/sheet.js';
import {
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

/** Kinds of note tokens. If one comes before any time signature, the piece starts in common time. */
const OF_NOTES: ReadonlySet<RemiKind> = new Set(['pitch', 'drumPitch', 'velocity', 'duration']);

/**
 * Decodes a score from ids, which may be in any order. A note is a pitch followed by its velocity and its
 * duration, of the last program; ids without a meaning at their position are ignored.
 *
 * @returns parts in the order of their first notes.
 * @see MidiTok 3.1, `REMI._tokens_to_score`
 */
export function decodeRemi(ids: readonly number[], vocabulary: RemiVocabulary): Score {
  const tokens = ids.map((id): RemiToken => vocabulary.tokens[id] ?? { kind: 'special' });
  const decoder = new RemiDecoder(vocabulary, firstSignature(tokens) ?? COMMON_TIME);
  tokens.forEach((token, i) => decoder.read(token, tokens.at(i + 1), tokens.at(i + 2)));
  return decoder.score();
}

class RemiDecoder {
  private readonly ticksPerQuarter: number;
  private readonly timeSignatures: [TimeSignature, ...TimeSignature[]];
  private readonly tempos: TempoChange[] = [];
  private readonly parts = new Map<number, ScoreNote[]>();
  private tick = 0;
  private soundsUntil = 0;
  private program = 0;
  private bar = -1;
  private barTick = 0;
  /** Index of the bar in which the current time signature began; `signatureTick` is the first tick of that bar. */
  private signatureBar = 0;
  private signatureTick = 0;

  constructor(
    private readonly vocabulary: RemiVocabulary,
    first: SheetTime,
  ) {
    this.ticksPerQuarter = (vocabulary.settings.positionsPerBeat * MAX_BEAT_TYPE) / 4;
    this.timeSignatures = [{ tick: 0, ...first }];
  }

  /** Reads a token, which may be the pitch of a note whose velocity and duration follow. */
  read(token: RemiToken, second: RemiToken | undefined, third: RemiToken | undefined): void {
    switch (token.kind) {
      case 'bar':
        this.bar++;
        if (this.bar > 0) this.tick = this.barTick + this.barTicks;
        this.barTick = this.tick;
        break;
      case 'rest':
        this.rest(ticksOf(token.value, this.beat));
        break;
      case 'position': {
        const { positionsPerBeat } = this.vocabulary.settings;
        this.bar = Math.max(0, this.bar);
        this.tick = this.barTick + token.position * Math.floor(this.beat / positionsPerBeat);
        break;
      }
      case 'pitch':
      case 'drumPitch':
        if (second?.kind !== 'velocity' || third?.kind !== 'duration') break;
        this.addNote(token.pitch, second.velocity, ticksOf(third.value, this.beat));
        break;
      case 'program':
        this.program = token.program;
        break;
      case 'tempo':
        this.tempos.push({ tick: this.tick, microsecondsPerQuarter: Math.round(6e7 / token.bpm) });
        this.soundsUntil = Math.max(this.soundsUntil, this.tick);
        break;
      case 'timeSignature':
        this.changeTime(token.beats, token.beatType);
        break;
    }
  }

  score(): Score {
    return {
      name: 'output',
      ticksPerQuarter: this.ticksPerQuarter,
      parts: [...this.parts].map(([program, notes]) => ({ program, notes })),
      tempos: withUsualTempo(this.tempos, this.vocabulary),
      timeSignatures: this.timeSignatures,
      repairs: [],
    };
  }

  private get signature(): TimeSignature {
    return this.timeSignatures[this.timeSignatures.length - 1];
  }

  private get beat(): number {
    return ticksPerBeat(this.signature, this.ticksPerQuarter);
  }

  private get barTicks(): number {
    return ticksPerBar(this.signature, this.ticksPerQuarter);
  }

  private rest(ticks: number): void {
    const { barTicks } = this;
    this.tick = Math.max(this.soundsUntil, this.tick) + ticks;
    const bar = this.signatureBar + Math.floor((this.tick - this.signatureTick) / barTicks);
    if (bar <= this.bar) return;
    this.barTick += (bar - Math.max(0, this.bar)) * barTicks;
    this.bar = bar;
  }

  private addNote(pitch: number, velocity: number, durationTicks: number): void {
    const { tick, program } = this;
    listAt(this.parts, program).push({ tick, durationTicks, pitch, velocity });
    this.soundsUntil = Math.max(this.soundsUntil, tick + durationTicks);
  }

  private changeTime(beats: number, beatType: number): void {
    if (beats === this.signature.beats && beatType === this.signature.beatType) return;
    this.timeSignatures.push({ tick: this.tick, beats, beatType });
    [this.signatureTick, this.signatureBar] = [this.barTick, this.bar];
  }
}

/** Returns the first time signature, if it comes before any note. */
function firstSignature(tokens: readonly RemiToken[]): SheetTime | undefined {
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
