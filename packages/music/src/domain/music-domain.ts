import type { Domain, DomainFactory, Files } from '@ramble/core';
import { checkSettings, readSavedSettings } from '@ramble/core/domain';
import { formatJson } from '@ramble/core/files';

import {
  ACCOMPANIMENT_IDS,
  accompanimentExample,
  accompanimentPrompt,
  accompanimentSections,
  describeMelody,
  skyline,
} from '../accompaniment/accompaniment-sections.js';
import { controlledDomain, withoutControls } from '../controls/controlled-domain.js';
import {
  decodeEvents,
  describeEvent,
  encodeNotes,
  END,
  EVENTS,
  STEPS_PER_SECOND,
} from '../events/events.js';
import { performanceGrammar } from '../grammar/performance-grammar.js';
import { applyPedal, inSeconds } from '../notes/apply-pedal.js';
import { type FillsIn, infillDomain } from '../fill/infill-domain.js';
import { fromFirstNote, type MidiPiece, type StepNote, type StruckNote } from '../notes/note.js';
import { packPiece, unpackPiece } from '../notes/pack-piece.js';
import { varyAtRandom } from '../notes/vary-notes.js';
import { parsePrograms } from '../score/instruments.js';
import {
  cutPerformance,
  eventsBefore,
  type EventsOf,
  type MusicPrompt,
  performanceFill,
} from './music-prompt.js';
import {
  MUSIC_OPTIONS,
  type MusicOptions,
  NOTE_LENGTHS,
  noteLengths,
  type NoteLengths,
  stepsOf,
} from './note-lengths.js';

/** The domain of performances: prompts are pieces, outputs are notes on a grid of 10 ms. */
export interface MusicDomain
  extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>, Partial<FillsIn<MidiPiece>> {
  readonly options: MusicOptions;
  /** The lengths of the notes in the training data. */
  readonly noteLengths: NoteLengths;
  /** Returns the notes of a piece that the model reads, with the pedal applied. */
  soundingNotes(piece: Pick<MidiPiece, 'notes' | 'pedal'>): readonly StruckNote[];
}

/**
 * Makes the domain of piano performances as in Music Transformer: 388 events, and a token before the first and after
 * the last event, which the paper omits. With `accompaniment`, a performance's melody precedes it; with `controls`,
 * tokens for its density, tempo and chords; with `infill`, the music after a region may come first.
 *
 * @throws RangeError for unknown programs, and for accompaniment with controls or filling in.
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
  const keptNotes = notesKeeper(soundingNotes);
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
    encodePrompt: ({ piece, seconds, melody, fill }) => {
      if (piece && fill) return performanceFill(piece, fill, { programs, soundingNotes });
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
  if (options.accompaniment && options.infill) {
    throw new RangeError('infill: expected a domain without accompaniment, got one with it');
  }
  if (options.accompaniment) return withoutControls(accompanimentDomain(domain, eventsOf));
  const plain = options.controls
    ? controlledDomain(domain, soundingNotes)
    : withoutControls(domain);
  return options.infill ? infillDomain(plain, cutPerformance, 'seconds') : plain;
}

/**
 * Makes a function that returns the notes of a piece with the pedal applied, from the first note on. It caches the
 * notes in packed form, because training reads them for every crop and applying the pedal is slow.
 */
function notesKeeper(
  soundingNotes: MusicDomain['soundingNotes'],
): (piece: MidiPiece) => readonly StruckNote[] {
  const kept = new WeakMap<MidiPiece, MidiPiece>();
  return (piece) => {
    let sounding = kept.get(piece);
    if (!sounding) {
      const notes = fromFirstNote(soundingNotes(piece));
      sounding = unpackPiece(piece.name, packPiece({ ...piece, notes, pedal: [] }));
      if (!sounding) throw new Error(`${piece.name}: expected a packed piece, got other bytes`);
      kept.set(piece, sounding);
    }
    return sounding.notes;
  };
}

function absence({ notes }: Pick<MidiPiece, 'notes'>): string {
  if (notes.length === 0) return 'none';
  return notes.every(({ isDrum }) => isDrum) ? 'drums alone' : 'other programs alone';
}

/**
 * Turns a domain of performances into one that accompanies given melodies: the paper's conditioned
 * generation, with one token stream instead of encoder and decoder. The model generates the whole
 * performance, including the melody. Long pieces are split into sections.
 *
 * @see Huang et al. 2018, https://arxiv.org/abs/1809.04281
 */
function accompanimentDomain<D extends Domain<MidiPiece, MusicPrompt, readonly StepNote[]>>(
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
    encodePrompt: ({ melody, piece, seconds, fill }) => {
      if (fill) {
        throw new RangeError('fill: expected a model without accompaniment, got one with it');
      }
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

/** Returns the notes that begin before a time, each cut at that time. */
function notesBefore(notes: readonly StepNote[], seconds = Infinity): StepNote[] {
  const last = Math.round(seconds * STEPS_PER_SECOND);
  return notes
    .filter(({ startStep }) => startStep < last)
    .map((note) => ({ ...note, endStep: Math.min(note.endStep, last) }));
}

const SETTINGS_FILE = 'music.json';

/** Factory of music domains. A run stores the options of its domain and the typical lengths of its training notes. */
export const musicFactory: DomainFactory<MusicDomain, MidiPiece, MusicOptions> = {
  fit: async (pieces, options) => {
    const domain = musicDomain(options);
    const counts = new Map<number, number>();
    for await (const piece of pieces) {
      for (const steps of domain.soundingNotes(piece).map(stepsOf)) {
        counts.set(steps, (counts.get(steps) ?? 0) + 1);
      }
    }
    return musicDomain(options, noteLengths(counts));
  },

  save: ({ options, noteLengths }) => {
    const { pedal, drums, programs, accompaniment, controls, infill } = options;
    // Left out if they are off, so that runs from earlier versions keep their fingerprints.
    const kept = {
      ...{ pedal, drums, programs },
      ...(accompaniment && { accompaniment }),
      ...(controls && { controls }),
      ...(infill && { infill }),
      ...noteLengths,
    };
    return { [SETTINGS_FILE]: formatJson(kept) };
  },

  load: (files) => {
    const { options, noteLengths } = readSettings(files);
    return Promise.resolve(musicDomain(options, noteLengths));
  },

  // The ids of the markers for filling in follow all others, so nothing can be added after them.
  extend: ({ options, noteLengths }, given) => {
    const { accompaniment = true, controls = true, infill = true, ...others } = given;
    const isAdded = accompaniment && controls && infill && !options.infill;
    const isExtension = isAdded && Object.keys(others).length === 0;
    return Promise.resolve(
      isExtension ? musicDomain({ ...options, ...given }, noteLengths) : undefined,
    );
  },
};

function readSettings(files: Files): Pick<MusicDomain, 'options' | 'noteLengths'> {
  return readSavedSettings(files, SETTINGS_FILE, (saved) => {
    const fields = Object.entries(saved);
    const isLength = ([name]: [string, unknown]): boolean => Object.hasOwn(NOTE_LENGTHS, name);
    const lengths = Object.fromEntries(fields.filter(isLength));
    const options = Object.fromEntries(fields.filter((field) => !isLength(field)));
    return {
      options: checkSettings<MusicOptions>(MUSIC_OPTIONS, options),
      noteLengths: checkSettings<NoteLengths>(NOTE_LENGTHS, lengths),
    };
  });
}
