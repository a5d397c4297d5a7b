import { counted, shownValue } from '@ramble/core/files';
import type { MidiEvent } from 'midi-file';

/** The structure of a MIDI file, which may be faulty. */
export interface MidiShape {
  readonly format: number;
  /** Number of tracks by the file's header. */
  readonly announcedTracks: number;
  readonly foundTracks: number;
  /** Names of chunks that are not tracks. */
  readonly otherChunks: readonly string[];
  /** Number of bytes after the last chunk. */
  readonly restBytes: number;
  /** The tracks that are read. */
  readonly tracks: readonly (readonly MidiEvent[])[];
}

/** Maximum number of tracks whose end events are described separately. */
const MAX_TOLD = 10;

/** Describes the faults of a file that can be read nevertheless, in a bounded number of sentences. */
export function findRepairs(shape: MidiShape): string[] {
  const { format, announcedTracks, foundTracks, otherChunks, restBytes, tracks } = shape;
  const ends = tracks.flatMap((events, i) => {
    const repair = repairOfEnd(events);
    return repair === undefined ? [] : [`track ${i + 1}: ${repair}`];
  });
  return [
    ...(format > 2 ? [`expected format 0, 1 or 2, got ${format}`] : []),
    ...(foundTracks === announcedTracks
      ? []
      : [`expected ${announcedTracks} tracks, as the header says, got ${foundTracks}`]),
    ...repairOfChunks(otherChunks),
    ...(restBytes > 0
      ? [`expected nothing behind the last chunk, got ${counted(restBytes, 'byte')}`]
      : []),
    ...ends.slice(0, MAX_TOLD),
    ...(ends.length > MAX_TOLD
      ? [`expected ends of tracks, got ${ends.length - MAX_TOLD} more faulty ones`]
      : []),
  ];
}

function repairOfChunks(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const first = shownValue(names[0]);
  const others =
    names.length === 1
      ? `a chunk ${first}`
      : `${names.length} other chunks, the first of them ${first},`;
  return [`expected tracks alone, got ${others} as well`];
}

/** Events after the end of a track count, as in pretty_midi. */
function repairOfEnd(events: readonly MidiEvent[]): string | undefined {
  const end = events.findIndex(({ type }) => type === 'endOfTrack');
  if (end < 0) return 'expected an end of track, got none';
  const eventsAfter = events.length - 1 - end;
  return eventsAfter > 0 ? `expected nothing behind its end, got ${eventsAfter} events` : undefined;
}
