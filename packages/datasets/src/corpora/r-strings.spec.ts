import { deflateSync } from 'node:zlib';

import { readRStrings } from './debian-texts.js';

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const UTF8_STRING = 0x8009;
const LATIN1_STRING = 0x4009;

/** A string vector as R 4 serializes it. */
function vector(strings: readonly string[], { version = 3, type = 16, flags = UTF8_STRING } = {}) {
  return Buffer.concat([
    Buffer.from('X\n'),
    ...[version, 0x40201, 0x30500].map(int),
    ...[int(5), Buffer.from('UTF-8')],
    ...[int(type), int(strings.length)],
    ...strings.flatMap((text) => [int(flags), int(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);
}

function rdb(...objects: readonly Buffer[]): Buffer {
  return Buffer.concat(objects.flatMap((bytes) => [int(bytes.length), deflateSync(bytes)]));
}

describe('readRStrings', () => {
  it('reads one vector after another', () => {
    const [emma, persuasion] = [['EMMA', '', 'By Jane Austen'], ['her £20,000']];
    expect(readRStrings('a.rdb', rdb(vector(emma), vector(persuasion), vector([])))).toEqual([
      emma,
      persuasion,
      [],
    ]);
  });

  it('reads a missing value as R prints it', () => {
    const missing = Buffer.concat([vector([]).subarray(0, -4), int(1), int(9), int(-1)]);
    expect(readRStrings('a.rdb', rdb(missing))).toEqual([['NA']]);
  });

  it.each([
    ['another format', Buffer.from('A\n3\n'), "an object in R's XDR format, got another format"],
    ['another version', vector([], { version: 2 }), 'format version (3), got 2'],
    ['a list', vector([], { type: 19 }), 'a character vector (16), got 19'],
    ['Latin-1', vector(['x'], { flags: LATIN1_STRING }), 'a UTF-8 string (9), got 16393'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readRStrings('a.rdb', rdb(bytes))).toThrow(
      new Error(`a.rdb: expected ${message}`),
    );
  });
});
