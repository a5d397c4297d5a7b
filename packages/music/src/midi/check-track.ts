import { counted } from '@ramble/core/files';

/** More bytes than any text needs, and no more than all systems take as the arguments of a call. */
const MAX_TEXT_BYTES = 2 ** 16 - 1;

/**
 * Walks through the bytes of a track and refuses what midi-file would not: it reads on after the end
 * of a track, takes times of any length, and data bytes above 127. It makes a text of the bytes of meta
 * events 1 to 7 by one call with as many arguments.
 *
 * @param name - Of the file and the track, for the error message.
 * @throws RangeError that names the place.
 */
export function checkTrack(name: string, bytes: Uint8Array): void {
  let at = 0;
  let running: number | undefined; // the last status of a channel, which goes without saying
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

/** How many bytes follow the status byte of a channel's event. */
function dataBytes(status: number): number {
  const kind = status & 0xf0;
  return kind === 0xc0 || kind === 0xd0 ? 1 : 2;
}
