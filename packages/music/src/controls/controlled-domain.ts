import type { Domain } from '@ramble/core';

import type { MusicPrompt } from '../domain/music-prompt.js';
import { describeEvent } from '../events/describe-event.js';
import type { MidiPiece, Note, StepNote } from '../notes/note.js';
import { drawVariation, pitchRange, type Variation } from '../notes/vary-notes.js';
import { transposeChord } from './chord-names.js';
import {
  type Controls,
  CONTROLLED_IDS,
  controlIds,
  describeControl,
  refuseControls,
} from './control-ids.js';
import { estimateTempo } from './estimate-tempo.js';
import { mainChords } from './main-chords.js';

/** How often a control is left out in training, so that models can do without it. */
const LEFT_OUT = 0.25;

/** A variation of a piece, and what is said of it. */
interface ToldPiece extends MidiPiece {
  readonly told: Controls;
}

/**
 * A domain of performances as one in which what they are like stands before them: how many notes a second
 * they have, their tempo and the chords that they have most, all computed from the notes. A prompt may ask for
 * any of them.
 *
 * @param soundingNotes - The notes of a piece that count.
 */
export function controlledDomain<D extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>>(
  domain: D,
  soundingNotes: (piece: Pick<MidiPiece, 'notes' | 'pedal'>) => readonly Note[],
): D {
  // Training asks for a variation of a piece with every crop; looking for its tempo each time takes longest.
  const known = new WeakMap<MidiPiece, { controls: Controls; range: readonly [number, number] }>();
  const knownOf = (piece: MidiPiece): { controls: Controls; range: readonly [number, number] } => {
    let found = known.get(piece);
    if (!found) {
      const notes = soundingNotes(piece);
      found = { controls: controlsOf(notes), range: pitchRange(notes) };
      known.set(piece, found);
    }
    return found;
  };
  return {
    ...domain,
    vocabulary: {
      size: CONTROLLED_IDS,
      describe: (id) => describeControl(id) ?? describeEvent(id),
    },
    encodeExample: (piece) => {
      const { tokens, lossWeights } = domain.encodeExample(piece);
      const ids = controlIds(
        'told' in piece ? (piece as ToldPiece).told : controlsOf(soundingNotes(piece)),
      );
      const length = ids.length + tokens.length;
      const told = { tokens: new Int32Array(length), lossWeights: new Float32Array(length) };
      told.tokens.set(ids);
      told.tokens.set(tokens, ids.length);
      told.lossWeights.set(lossWeights, ids.length);
      return told;
    },
    encodePrompt: ({ density, tempo, chords, ...prompt }) => {
      const { tokens } = domain.encodePrompt(prompt);
      return {
        tokens: Int32Array.from([...controlIds({ density, tempo, chords }), ...Array.from(tokens)]),
      };
    },
    augment: (piece, random): ToldPiece | undefined => {
      const varied = domain.augment?.(piece, random);
      const { controls, range } = knownOf(piece);
      const variation = drawVariation(range, random); // the one that the domain has drawn
      if (!varied || !variation) return undefined;
      const { density, tempo, chords } = varyControls(controls, variation);
      // The first number is the variation's.
      const isTold = (index: number): boolean => random.uniform(index) >= LEFT_OUT;
      const told = {
        ...(isTold(1) && { density }),
        ...(isTold(2) && { tempo }),
        ...(isTold(3) && { chords }),
      };
      return { ...varied, told };
    },
  };
}

/** A domain that says that it has no controls, where a prompt asks for some. */
export function withoutControls<D extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>>(
  domain: D,
): D {
  return {
    ...domain,
    encodePrompt: (prompt) => {
      refuseControls(prompt);
      return domain.encodePrompt(prompt);
    },
  };
}

/** What a variation of notes is like. */
function varyControls(
  { density, tempo, chords }: Controls,
  { semitones, stretch }: Variation,
): Controls {
  return {
    ...(density !== undefined && { density: density / stretch }),
    ...(tempo !== undefined && { tempo: tempo / stretch }),
    chords: chords?.map((chord) => transposeChord(chord, semitones)),
  };
}

/** What notes are like; nothing of none. */
export function controlsOf(notes: readonly Note[]): Controls {
  if (notes.length === 0) return {};
  const start = notes.reduce((first, { startSeconds }) => Math.min(first, startSeconds), Infinity);
  const seconds = notes.reduce((last, { endSeconds }) => Math.max(last, endSeconds), 0) - start;
  return {
    density: notes.length / Math.max(1, seconds),
    tempo: estimateTempo(notes),
    chords: mainChords(notes),
  };
}
