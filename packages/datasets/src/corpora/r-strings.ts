import { inflateSync } from 'node:zlib';

const CHARACTER_VECTOR = 16;
const CHARACTERS = 9;
/** Flag of a string in Latin-1; the others are ASCII or UTF-8. */
const LATIN1 = 1 << 14;
const NOT_AVAILABLE = -1;

/**
 * The character vectors in an .rdb file of R: the length of what follows unpacked (uint32,
 * big-endian) and a zlib stream, over and over; each unpacks to one object in R's XDR format,
 * version 3.
 *
 * @see https://cran.r-project.org/doc/manuals/r-release/R-ints.html#Serialization-Formats
 * @throws Error that names the file when an object is not a vector of strings.
 */
export function readRStrings(name: string, bytes: Uint8Array): readonly (readonly string[])[] {
  const vectors: string[][] = [];
  for (let at = 0; at < bytes.length;) {
    // The types lack the option `info` of https://nodejs.org/api/zlib.html#class-options.
    const { buffer, engine } = inflateSync(bytes.subarray(at + 4), {
      info: true,
    }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    vectors.push(readVector(name, buffer));
    at += 4 + engine.bytesWritten; // of the stream: what it has read
  }
  return vectors;
}

function readVector(name: string, bytes: Buffer): string[] {
  let at = 0;
  const next = (): number => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const expectNext = (what: string, expected: number, mask = -1): void => {
    const got = next() & mask;
    if (got !== expected) throw new Error(`${name}: expected ${what} (${expected}), got ${got}`);
  };

  if (bytes.toString('latin1', 0, 2) !== 'X\n') {
    throw new Error(`${name}: expected an object in R's XDR format, got another format`);
  }
  at = 2;
  expectNext('format version', 3);
  at += 8; // the versions of R that wrote it and that can read it
  const encodingBytes = next();
  at += encodingBytes; // the name of the encoding where it was written
  expectNext('a character vector', CHARACTER_VECTOR, 0xff);
  return Array.from({ length: next() }, () => {
    expectNext('a UTF-8 string', CHARACTERS, 0xff | LATIN1);
    const lengthBytes = next();
    if (lengthBytes === NOT_AVAILABLE) return 'NA';
    at += lengthBytes;
    return bytes.toString('utf8', at - lengthBytes, at);
  });
}
