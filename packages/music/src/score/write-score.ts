import { type MidiEvent, writeMidi } from 'midi-file';

import { splitOverlaps } from '../midi/split-overlaps.js';
import { END_OF_TRACK, noteEvents, type TimedEvent, withDeltas } from '../midi/parse-midi.js';
import { programName } from './instruments.js';
import { DRUMS, type Score, type ScorePart } from './score.js';

const DRUM_CHANNEL = 9;
/** The channels of other instruments; more of them than channels take turns. */
const CHANNELS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15];

/**
 * A score as a MIDI file of format 1: a track with tempos and time signatures, and one for each part, with
 * its instrument's name. Notes of a part whose pitch sounds already go to a further track.
 */
export function writeScore({ ticksPerQuarter, parts, tempos, timeSignatures }: Score): Uint8Array {
  const changes: TimedEvent[] = [
    ...timeSignatures.map(({ tick, beats: numerator, beatType: denominator }): TimedEvent => {
      const click = { metronome: 24, thirtyseconds: 8 };
      return { tick, order: 0, event: { type: 'timeSignature', numerator, denominator, ...click } };
    }),
    ...tempos.map(({ tick, microsecondsPerQuarter: microsecondsPerBeat }): TimedEvent => {
      return { tick, order: 1, event: { type: 'setTempo', microsecondsPerBeat } };
    }),
  ];
  let pitched = 0;
  const tracks = parts.flatMap((part) =>
    tracksOf(part, part.program === DRUMS ? DRUM_CHANNEL : CHANNELS[pitched++ % CHANNELS.length]),
  );
  const header = {
    format: 1 as const,
    numTracks: tracks.length + 1,
    ticksPerBeat: ticksPerQuarter,
  };
  const conductor = [...withDeltas(changes), END_OF_TRACK];
  return Uint8Array.from(writeMidi({ header, tracks: [conductor, ...tracks] }));
}

function tracksOf({ program, notes }: ScorePart, channel: number): MidiEvent[][] {
  const beginning: MidiEvent[] = [
    { deltaTime: 0, type: 'trackName', text: programName(program) },
    {
      deltaTime: 0,
      type: 'programChange',
      channel,
      programNumber: program === DRUMS ? 0 : program,
    },
  ];
  const timed = notes.map(({ tick, durationTicks, pitch, velocity }) => {
    return { start: tick, end: tick + durationTicks, pitch, velocity };
  });
  return splitOverlaps(timed).map((track) => [
    ...beginning,
    ...noteEvents(channel, track),
    END_OF_TRACK,
  ]);
}
