import { counted, messageOf, shownValue } from '@ramble/core/files';
import { type MidiData, type MidiEvent, parseMidi } from 'midi-file';

import { isMusicXml } from '../musicxml/music-xml-file.js';
import { readMusicXml } from '../musicxml/read-music-xml.js';
import { type Chunk, HEADER_BYTES, joinChunks, type MidiTracks } from './write-midi.js';

/**
 * Reads the events of a MIDI file of any format, or of MusicXML as if it were one. midi-file throws for chunks of other
 * kinds and reads damaged bytes as events, so it only receives the header and the checked tracks.
 *
 * @param name - Name of the file, for error messages.
 * @throws RangeError that names the file and its fault.
 */
export function readTracks(name: string, bytes: Uint8Array): MidiTracks {
  if (isMusicXml(bytes)) return readMusicXml(name, bytes);
  const { header, others, restBytes } = readChunks(name, bytes);
  if (header.bytes.length < HEADER_BYTES) {
    throw new RangeError(
      `${name}: expected a header of ${HEADER_BYTES} bytes, got ${header.bytes.length}`,
    );
  }
  const announced = header.bytes[2] * 256 + header.bytes[3];
  const tracks = others.filter(({ id }) => id === 'MTrk').slice(0, announced);
  if (tracks.length === 0) throw new RangeError(`${name}: expected at least one track, got none`);
  tracks.forEach((track, i) => checkTrack(`${name}: track ${i + 1}`, track.bytes));
  const file = parse(name, joinChunks([header, ...tracks]));
  return {
    division: divisionOf(name, file.header),
    tracks: file.tracks,
    repairs: findRepairs(file, announced, others, restBytes),
  };
}

/** Returns the header chunk, the other chunks, and the number of bytes after the last chunk. */
function readChunks(
  name: string,
  bytes: Uint8Array,
): { readonly header: Chunk; readonly others: readonly Chunk[]; readonly restBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idAt = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (idAt(0) !== 'MThd') {
    throw new RangeError(`${name}: expected a MIDI file, which begins with MThd, got other bytes`);
  }
  const chunks: Chunk[] = [];
  let at = 0;
  while (at < bytes.length) {
    const id = idAt(at);
    const isKnown = id === 'MThd' || id === 'MTrk';
    if (bytes.length - at < 8) {
      if (isKnown) throw new RangeError(`${name}: expected 4 bytes after ${id}, got fewer`);
      break;
    }
    const length = view.getUint32(at + 4);
    const start = at + 8;
    if (length > bytes.length - start) {
      if (isKnown) {
        const left = bytes.length - start;
        throw new RangeError(`${name}: expected ${length} bytes after ${id}, got ${left}`);
      }
      break;
    }
    chunks.push({ id, bytes: bytes.subarray(start, start + length) });
    at = start + length;
  }
  const [header, ...others] = chunks;
  return { header, others, restBytes: bytes.length - at };
}

/** Parses a file with midi-file. The strings that it throws become RangeErrors that name the file. */
function parse(name: string, bytes: Uint8Array): MidiData {
  try {
    return parseMidi(bytes);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new RangeError(`${name}: expected tracks that midi-file can read, got "${reason}"`, {
      cause,
    });
  }
}

function divisionOf(
  name: string,
  { ticksPerBeat, framesPerSecond = 0, ticksPerFrame = 0 }: MidiData['header'],
): MidiTracks['division'] {
  // 29 means NTSC's 30000 / 1001 frames per second.
  const frames = framesPerSecond === 29 ? 30_000 / 1001 : framesPerSecond;
  const division =
    ticksPerBeat === undefined
      ? ({ kind: 'seconds', ticksPerSecond: frames * ticksPerFrame } as const)
      : ({ kind: 'quarters', ticksPerQuarter: ticksPerBeat } as const);
  const ticks = ticksPerBeat ?? frames * ticksPerFrame;
  if (!(ticks > 0)) throw new RangeError(`${name}: expected a division above 0, got ${ticks}`);
  return division;
}

/**
 * Maximum number of bytes of a text event. midi-file passes each byte as an argument of one call, and JavaScript
 * engines limit the number of arguments.
 */
const MAX_TEXT_BYTES = 2 ** 16 - 1;

/**
 * Checks the bytes of a track for faults that midi-file accepts: it reads past the end of a track, and
 * accepts times of any length and data bytes above 127. It decodes the text of meta events 1 to 7 by one call
 * with as many arguments as bytes.
 *
 * @param name - Name of the file and the track, for the error message.
 * @throws RangeError that names the position.
 */
function checkTrack(name: string, bytes: Uint8Array): void {
  let at = 0;
  let running: number | undefined; // running status of a channel
  const fail = (expected: string): never => {
    const got = at < bytes.length ? `${bytes[at]} at byte ${at}` : 'its end';
    throw new RangeError(`${name}: expected ${expected}, got ${got}`);
  };
  const readNumber = (what: string): number => {
    let value = 0;
    for (let digits = 0; digits < 4; digits++) {
      if (at === bytes.length) fail(what);
      const byte = bytes[at++];
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    return fail(`${what} of at most 4 bytes`);
  };
  const skipContent = (what: string, maxBytes = Infinity): void => {
    const length = readNumber(`the length of ${what}`);
    if (length > maxBytes) {
      throw new RangeError(`${name}: expected ${what} of at most ${maxBytes} bytes, got ${length}`);
    }
    if (length > bytes.length - at) {
      at = bytes.length;
      fail(`${counted(length, 'byte')} of ${what}`);
    }
    at += length;
  };

  while (at < bytes.length) {
    readNumber('a time');
    if (at === bytes.length) fail('an event');
    const first = bytes[at];
    if (first === 0xff) {
      const isText = bytes[at + 1] >= 1 && bytes[at + 1] <= 7;
      at += 2;
      skipContent('a meta event', isText ? MAX_TEXT_BYTES : undefined);
    } else if (first === 0xf0 || first === 0xf7) {
      at++;
      skipContent('a system event');
    } else if (first > 0xf0) {
      fail('a status byte that MIDI files allow');
    } else {
      if (first >= 0x80) {
        running = first;
        at++;
      }
      if (running === undefined) return fail('a status byte');
      for (let left = dataBytes(running); left > 0; left--, at++) {
        if (!(bytes[at] < 0x80)) fail('a data byte below 128');
      }
    }
  }
}

/** Number of bytes that follow the status byte of a channel's event. */
function dataBytes(status: number): number {
  const kind = status & 0xf0;
  return kind === 0xc0 || kind === 0xd0 ? 1 : 2;
}

/** Maximum number of tracks with a wrong end that the repairs list one by one; the others are counted. */
const MAX_TOLD = 10;

/**
 * Describes the faults of a file that can be read nevertheless, in a bounded number of sentences.
 *
 * @param announced - Number of tracks by the file's header.
 * @param others - All chunks except the header.
 * @param restBytes - Number of bytes after the last chunk.
 */
function findRepairs(
  { header: { format }, tracks }: MidiData,
  announced: number,
  others: readonly Chunk[],
  restBytes: number,
): string[] {
  const otherIds = others.filter(({ id }) => id !== 'MTrk').map(({ id }) => id);
  const found = others.length - otherIds.length;
  const ends = tracks.flatMap((events, i) => {
    const repair = repairOfEnd(events);
    return repair === undefined ? [] : [`track ${i + 1}: ${repair}`];
  });
  return [
    ...(format > 2 ? [`expected format 0, 1 or 2, got ${format}`] : []),
    ...(found === announced
      ? []
      : [`expected ${announced} tracks, as the header says, got ${found}`]),
    ...repairOfChunks(otherIds),
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

/**
 * Describes a missing end of a track, or events after it, which are read nevertheless, as in pretty_midi; `undefined`
 * if the end is right.
 */
function repairOfEnd(events: readonly MidiEvent[]): string | undefined {
  const end = events.findIndex(({ type }) => type === 'endOfTrack');
  if (end < 0) return 'expected an end of track, got none';
  const eventsAfter = events.length - 1 - end;
  return eventsAfter > 0 ? `expected nothing behind its end, got ${eventsAfter} events` : undefined;
}
