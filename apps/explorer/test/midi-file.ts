/** Ticks per second at the default tempo. */
const TICKS = 960;

/**
 * Returns a MIDI file with a note every half second, in repeated rising chromatic scales from C3.
 *
 * @param trackName - ASCII, shorter than 128 characters.
 */
export function midiFile(trackName: string, noteCount: number): Buffer {
  const notes = Array.from({ length: noteCount }, (_, i) => {
    const pitch = 48 + (i % 24);
    return [
      ...delta(i === 0 ? 0 : TICKS / 4),
      0x90,
      pitch,
      80,
      ...delta(TICKS / 4),
      0x80,
      pitch,
      0,
    ];
  });
  const name = Buffer.from(trackName);
  const track = [0, 0xff, 0x03, name.length, ...name, ...notes.flat(), 0, 0xff, 0x2f, 0];
  const header = [0, 0, 0, 1, ...[TICKS / 2 / 256, TICKS / 2].map((value) => value & 0xff)];
  return Buffer.concat([chunk('MThd', header), chunk('MTrk', track)]);
}

function chunk(kind: string, content: readonly number[]): Buffer {
  const head = Buffer.alloc(8);
  head.write(kind);
  head.writeUInt32BE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** Encodes a time in ticks in one or two bytes. */
function delta(ticks: number): number[] {
  return ticks < 128 ? [ticks] : [0x80 | (ticks >> 7), ticks & 0x7f];
}
