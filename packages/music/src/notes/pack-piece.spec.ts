import { readFixture, readJson } from '../../test/read-fixture.js';
import { parseMidi } from '../midi/parse-midi.js';
import { packPiece, unpackPiece } from './pack-piece.js';

const { cases } = readJson('hand-made.json') as { cases: readonly { readonly file: string }[] };
const files = [...cases.map(({ file }) => file), 'real/peacherine-rag.mid'];

describe('packPiece', () => {
  it.each(files)('keeps all of %s', (file) => {
    const piece = parseMidi(file, readFixture(file));
    expect(unpackPiece(file, packPiece(piece))).toEqual(piece);
  });

  it('keeps the repairs, for any alignment of the bytes', () => {
    const piece = { ...parseMidi('x', readFixture('midi/pedal-basic.mid')), repairs: ['naïve'] };
    const packed = packPiece(piece);
    const shifted = new Uint8Array(packed.length + 3);
    shifted.set(packed, 3);
    expect(unpackPiece('x', shifted.subarray(3))).toEqual(piece);
  });

  it('recognizes bytes that it did not write', () => {
    const packed = packPiece(parseMidi('x', readFixture('midi/pedal-basic.mid')));
    for (const bytes of [
      new Uint8Array(),
      new Uint8Array(40),
      packed.subarray(0, -1),
      Uint8Array.of(...packed, 0),
    ]) {
      expect(unpackPiece('x', bytes)).toBeUndefined();
    }
  });
});
