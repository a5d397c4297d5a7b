import { chatSampling } from './chat.js';
import { type Files, fingerprint } from './domain.js';

describe('the sampling settings of an answer', () => {
  it("override the model's own settings, and the defaults of chats if it has none", () => {
    const sampling = { temperature: 0.6, topK: 20 };
    expect(chatSampling({ sampling }, { topK: 5 })).toEqual({ temperature: 0.6, topK: 5 });
    const less = { repetitionPenalty: 1.05, repetitionWindow: 64 };
    expect(chatSampling({}, {})).toEqual({ temperature: 0.7, topP: 0.9, ...less });
    expect(chatSampling({ sampling }, { temperature: 0 })).toEqual({ temperature: 0 });
    expect(chatSampling({ sampling }, { method: 'greedy' })).toEqual({ method: 'greedy' });
  });

  it('discourage repetition with greedy sampling too', () => {
    const greedy = { temperature: 0, repetitionPenalty: 1.05, repetitionWindow: 64 };
    expect(chatSampling({}, { temperature: 0 })).toEqual(greedy);
    expect(chatSampling({}, { temperature: 0, repetitionPenalty: 1 })).toMatchObject({
      repetitionPenalty: 1,
    });
    const sampling = { temperature: 0.6, topK: 20, repetitionPenalty: 1.1 };
    expect(chatSampling({ sampling }, { method: 'greedy' })).toEqual({
      method: 'greedy',
      repetitionPenalty: 1.1,
    });
  });
});

/** The definition, in BigInt. */
function plainFnv(bytes: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & (2n ** 64n - 1n);
  return hash.toString(16).padStart(16, '0');
}

describe('fingerprint', () => {
  it('is FNV-1a of lengths, names and contents', () => {
    const files = { 'b.json': 'two é', 'a.txt': '' };
    const expected = plainFnv(new TextEncoder().encode('5:a.txt0:6:b.json6:two é'));
    expect(fingerprint(files)).toBe(expected);
  });

  it('does not depend on the order of the files', () => {
    expect(fingerprint({ a: '1', b: '2' })).toBe(fingerprint({ b: '2', a: '1' }));
  });

  it('changes with a name, a content, or text that moves between files', () => {
    const others: Files[] = [{ a: '1' }, { a: '2' }, { b: '1' }, { a: '1', b: '' }, {}];
    const marks = others.map(fingerprint);
    expect(new Set(marks).size).toBe(marks.length);
    expect(fingerprint({ a: 'xy', b: 'z' })).not.toBe(fingerprint({ a: 'x', b: 'yz' }));
  });
});
