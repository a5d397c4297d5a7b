import { bytePairEncoder } from './byte-pair-encoder.js';
import { IdBuffer } from './assemble-tokenizer.js';
import { MergeTable } from './write-hugging-face.js';

const [A, B, BLANK] = [0x61, 0x62, 0x20];

/** Bytes are their own ids; `ab` is 256. */
function encode(texts: readonly string[]): number[][] {
  const table = new MergeTable(Int32Array.from({ length: 256 }, (_, byte) => byte));
  table.add({ left: A, right: B, merged: 256 });
  table.add({ left: A, right: BLANK, merged: 257 });
  const encodeText = bytePairEncoder(table);
  return texts.map((text) => {
    const ids = new IdBuffer(text.length);
    encodeText(text, 0, text.length, ids);
    return Array.from(ids.toArray());
  });
}

describe('bytePairEncoder', () => {
  it('merges inside words only', () => {
    expect(encode(['ab a b'])).toEqual([[256, BLANK, A, BLANK, B]]);
  });

  it('gives the same ids however many different words came between', () => {
    const words = Array.from({ length: 70_000 }, (_, number) => ` ${number}`).join('');
    const [first, , last] = encode(['ab', words, 'ab']);
    expect(last).toEqual(first);
  });

  it('does not confuse a lone surrogate, a leading U+FEFF or a long word with another word', () => {
    const broken = [0xef, 0xbf, 0xbd];
    expect(encode(['\ud83d', '\ufffd', '\ud83d'])).toEqual([broken, broken, broken]);
    expect(encode(['\ufeffab', '.ab'])).toEqual([
      [0xef, 0xbb, 0xbf, 256],
      [0x2e, 256],
    ]);
    expect(encode(['ab'.repeat(100), 'ab'.repeat(100)])[1]).toEqual(Array(100).fill(256));
  });
});
