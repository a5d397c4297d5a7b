import type { Domain } from '@ramble/core';

import { controlledDomain, withoutControls } from '../controls/controlled-domain.js';
import { accompanimentDomain } from '../accompaniment/accompaniment-domain.js';
import { decodeEvents } from '../events/decode-events.js';
import { describeEvent } from '../events/describe-event.js';
import { encodeNotes } from '../events/encode-notes.js';
import { END, EVENTS } from '../events/event-ids.js';
import { performanceGrammar } from '../grammar/performance-grammar.js';
import { applyPedal } from '../notes/apply-pedal.js';
import { fromFirstNote } from '../notes/from-first-note.js';
import { inSeconds } from '../notes/in-seconds.js';
import type { MidiPiece, StepNote, StruckNote } from '../notes/note.js';
import { packPiece, unpackPiece } from '../notes/pack-piece.js';
import { varyAtRandom } from '../notes/vary-notes.js';
import type { MusicOptions } from './music-options.js';
import { eventsBefore, type EventsOf, type MusicPrompt } from './music-prompt.js';
import type { NoteLengths } from './note-lengths.js';
import { parsePrograms } from './parse-programs.js';

/** The domain of performances: prompts are pieces, outputs are notes on a grid of 10 ms. */
export interface MusicDomain extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]> {
  readonly options: MusicOptions;
  /** The lengths of the notes in the training data. */
  readonly noteLengths: NoteLengths;
  /** The notes of a piece that count, as they sound. */
  soundingNotes(piece: Pick<MidiPiece, 'notes' | 'pedal'>): readonly StruckNote[];
}

/**
 * Piano performances as Music Transformer has them: 388 events, and a token that stands before the
 * first and after the last, which the paper omits. With `accompaniment` each performance has
 * its melody before it, with `controls` what it is like.
 *
 * @throws RangeError for programs that are none, and for accompaniment with controls.
 * @see Huang et al. 2018, https://arxiv.org/abs/1809.04281
 */
export function musicDomain(options: MusicOptions, noteLengths: NoteLengths = {}): MusicDomain {
  const programs = parsePrograms(options.programs);
  const soundingNotes: MusicDomain['soundingNotes'] = ({ notes, pedal }) =>
    (options.pedal ? applyPedal({ notes, pedal }) : notes).filter(({ isDrum, program }) =>
      isDrum ? options.drums : programs.has(program),
    );
  const eventsOf: EventsOf = (name, piece, seconds) => {
    const notes = soundingNotes(piece);
    if (notes.length > 0) return eventsBefore(notes, seconds);
    throw new RangeError(`${name}: expected notes, got ${absence(piece)}`);
  };
  // Kept packed: training asks for them with every crop, and holding them by the pedal takes longest.
  const kept = new WeakMap<MidiPiece, MidiPiece>();
  const keptNotes = (piece: MidiPiece): readonly StruckNote[] => {
    let sounding = kept.get(piece);
    if (!sounding) {
      const notes = fromFirstNote(soundingNotes(piece));
      const packed = packPiece({ ...piece, notes, pedal: [] });
      sounding = unpackPiece(piece.name, packed);
      if (!sounding) throw new Error(`${piece.name}: expected a packed piece, got other bytes`);
      kept.set(piece, sounding);
    }
    return sounding.notes;
  };
  const domain: MusicDomain = {
    name: 'music',
    options,
    noteLengths,
    soundingNotes,
    vocabulary: { size: EVENTS + 1, describe: describeEvent },
    stopTokens: [END],
    encodeExample: (piece) => {
      const ids = eventsOf(piece.name, piece);
      const tokens = new Int32Array(ids.length + 2).fill(END);
      tokens.set(ids, 1);
      return { tokens, lossWeights: new Float32Array(tokens.length).fill(1) };
    },
    encodePrompt: ({ piece, seconds, melody }) => {
      if (melody) {
        throw new RangeError(
          'melody: expected a model that was trained with accompaniment, got one without',
        );
      }
      const ids = piece ? eventsOf('primer', piece, seconds) : [];
      const tokens = new Int32Array(ids.length + 1).fill(END);
      tokens.set(ids, 1);
      return { tokens };
    },
    decodeOutput: (tokens) => decodeEvents(tokens),
    encodeOutput: (notes) => encodeNotes(notes.map(inSeconds)),
    augment: (piece, random) => {
      const notes = varyAtRandom(keptNotes(piece), random);
      return notes && { name: piece.name, notes, pedal: [], repairs: piece.repairs };
    },
    grammar: performanceGrammar(),
  };
  if (options.accompaniment && options.controls) {
    throw new RangeError('controls: expected a domain without accompaniment, got one with it');
  }
  if (options.controls) return controlledDomain(domain, soundingNotes);
  return withoutControls(options.accompaniment ? accompanimentDomain(domain, eventsOf) : domain);
}

function absence({ notes }: Pick<MidiPiece, 'notes'>): string {
  if (notes.length === 0) return 'none';
  return notes.every(({ isDrum }) => isDrum) ? 'drums alone' : 'other programs alone';
}
