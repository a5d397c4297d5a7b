import { counted, shownValue } from '@ramble/core/files';
import type { MidiEvent } from 'midi-file';

/** The structure of a MIDI file, which may be faulty. */
export interface MidiShape {
  readonly format: number;
  /** Tracks by the header, and those that are there. */
  readonly announcedTracks: number;
  readonly foundTracks: number;
  /** Names of chunks that are not tracks. */
  readonly otherChunks: readonly string[];
  /** Number of bytes after the last chunk. */
  readonly restBytes: number;
  /** The tracks that are read. */
  readonly tracks: readonly (readonly MidiEvent[])[];
}

/** Describes the faults of a file that can be read nevertheless. */
export function findRepairs(shape: MidiShape): string[] {
  const { format, announcedTracks, foundTracks, otherChunks, restBytes, tracks } = shape;
  return [
    ...(format > 2 ? [`expected format 0, 1 or 2, got ${format}`] : []),
    ...(foundTracks === announcedTracks
      ? []
      : [`expected ${announcedTracks} tracks, as the header says, got ${foundTracks}`]),
    ...otherChunks.map((id) => `expected tracks alone, got a chunk ${shownValue(id)} as well`),
    ...(restBytes > 0
      ? [`expected nothing behind the last chunk, got ${counted(restBytes, 'byte')}`]
      : []),
    ...tracks.flatMap((events, i) => {
      const repair = repairOfEnd(events);
      return repair === undefined ? [] : [`track ${i + 1}: ${repair}`];
    }),
  ];
}

/** Events after the end of a track count, as in pretty_midi. */
function repairOfEnd(events: readonly MidiEvent[]): string | undefined {
  const end = events.findIndex(({ type }) => type === 'endOfTrack');
  if (end < 0) return 'expected an end of track, got none';
  const behind = events.length - 1 - end;
  return behind > 0 ? `expected nothing behind its end, got ${behind} events` : undefined;
}
