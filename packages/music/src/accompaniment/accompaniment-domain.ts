import type { Domain, TokenPrompt } from '@ramble/core';

import type { EventsOf, MusicPrompt } from '../domain/music-prompt.js';
import { decodeEvents } from '../events/decode-events.js';
import { describeEvent } from '../events/describe-event.js';
import { STEPS_PER_SECOND } from '../events/event-ids.js';
import type { MidiPiece, StepNote } from '../notes/note.js';
import { accompanimentSections } from './accompaniment-sections.js';
import { accompanimentExample, accompanimentPrompt } from './accompaniment-tokens.js';
import { ACCOMPANIMENT_IDS, describeMelody } from './melody-ids.js';
import { skyline } from './skyline.js';

/**
 * A domain of performances as one of performances to given melodies: the paper's conditioned
 * generation, in one stream of tokens instead of an encoder's and a decoder's. What is learned and
 * written is the whole performance, its melody too. Long pieces come in sections.
 *
 * @see Huang et al. 2018, https://arxiv.org/abs/1809.04281
 */
export function accompanimentDomain<D extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>>(
  domain: D,
  eventsOf: EventsOf,
): D {
  return {
    ...domain,
    vocabulary: {
      size: ACCOMPANIMENT_IDS,
      describe: (id) => describeMelody(id) ?? describeEvent(id),
    },
    encodeExample: (piece) => {
      const events = eventsOf(piece.name, piece);
      return accompanimentExample(skyline(decodeEvents(events)), events);
    },
    encodePrompt: ({ melody, piece, seconds }): TokenPrompt => {
      if (melody) {
        return accompanimentPrompt(notesBefore(decodeEvents(eventsOf('melody', melody)), seconds));
      }
      if (piece) {
        const whole: readonly StepNote[] = decodeEvents(eventsOf('primer', piece));
        return accompanimentPrompt(skyline(whole), eventsOf('primer', piece, seconds));
      }
      throw new RangeError('melody: expected a MIDI file with a melody to accompany, got none');
    },
    segments: ({ tokens }, contextLength) =>
      accompanimentSections(decodeEvents(Array.from(tokens)), contextLength),
  };
}

/** The notes that begin before a time, to where they end or to it. */
function notesBefore(notes: readonly StepNote[], seconds = Infinity): StepNote[] {
  const last = Math.round(seconds * STEPS_PER_SECOND);
  return notes
    .filter(({ startStep }) => startStep < last)
    .map((note) => ({ ...note, endStep: Math.min(note.endStep, last) }));
}
