import type { Domain, TokenExample } from '@ramble/core';
import { cropOf, putBefore } from '@ramble/core/domain';

import type { MusicPrompt } from '../domain/music-prompt.js';
import { decodeEvents, describeEvent } from '../events/events.js';
import { inSeconds } from '../notes/apply-pedal.js';
import type { MidiPiece, Note, StepNote } from '../notes/note.js';
import {
  CONTROL_NAMES,
  controlIds,
  CONTROLLED_IDS,
  type Controls,
  describeControl,
  mainChords,
  refuseControls,
} from './control-ids.js';
import { estimateTempo } from './beats.js';

/** Probability that a control is left out in training, so that models work without it. */
const LEFT_OUT = 0.25;

/** A variation of a piece, and the names of the controls that precede its sections in training. */
interface ControlledPiece extends MidiPiece {
  readonly included: (keyof Controls)[];
}

/** Tokens of a controlled piece, and the names of its controls. */
interface ControlledExample extends TokenExample {
  readonly included: (keyof Controls)[];
}

/**
 * Adds controls to a domain of performances: tokens for notes per second, tempo and main chords, all computed from the
 * notes, come before each performance. A prompt may set any of them. In training, the controls before a part of a piece
 * describe that part.
 *
 * @param soundingNotes - Returns the notes of a piece that the model reads, with the pedal applied.
 */
export function controlledDomain<D extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>>(
  domain: D,
  soundingNotes: (piece: Pick<MidiPiece, 'notes' | 'pedal'>) => readonly Note[],
): D {
  const crop = cropOf(domain);
  return {
    ...domain,
    vocabulary: {
      size: CONTROLLED_IDS,
      describe: (id) => describeControl(id) ?? describeEvent(id),
    },
    encodeExample: (piece): TokenExample | ControlledExample => {
      const example = domain.encodeExample(piece);
      return 'included' in piece
        ? { ...example, included: (piece as ControlledPiece).included }
        : putBefore(controlIds(controlsOf(soundingNotes(piece))), example);
    },
    encodePrompt: ({ density, tempo, chords, ...prompt }) => {
      const { tokens, ...encoded } = domain.encodePrompt(prompt);
      return {
        ...encoded,
        tokens: Int32Array.from([...controlIds({ density, tempo, chords }), ...Array.from(tokens)]),
      };
    },
    augment: (piece, random): ControlledPiece | undefined => {
      const varied = domain.augment?.(piece, random);
      // The first random number chooses the variation.
      return (
        varied && {
          ...varied,
          included: CONTROL_NAMES.filter((_, i) => random.uniform(i + 1) >= LEFT_OUT),
        }
      );
    },
    crop: (example, start, max) => {
      const part = crop(example, start, max);
      if (!('included' in example)) return part;
      const { included } = example as ControlledExample;
      const controls = controlsOf(decodeEvents(Array.from(part.tokens)).map(inSeconds));
      return putBefore(controlIds(controls, included), part, max);
    },
  };
}

/** Returns a domain that throws for prompts with controls. */
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

/** Computes density, tempo and main chords of notes; an empty object without notes. */
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
