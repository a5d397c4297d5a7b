import fc from 'fast-check';

import { bytesOf, FLOAT_CODECS, type FloatDtype } from './float-codecs.js';

const decode = (dtype: FloatDtype, bits: ArrayLike<number>): Float32Array =>
  FLOAT_CODECS[dtype].decode(new Uint8Array(Uint16Array.from(bits).buffer));
const encode = (dtype: FloatDtype, values: ArrayLike<number>): Uint16Array =>
  new Uint16Array(FLOAT_CODECS[dtype].encode(Float32Array.from(values)).slice().buffer);

const types = [
  { dtype: 'F16', infinity: 0x7c00 },
  { dtype: 'BF16', infinity: 0x7f80 },
] as const;

describe.each(types)('$dtype', ({ dtype, infinity }) => {
  const all = decode(
    dtype,
    Array.from({ length: 2 ** 16 }, (_, i) => i),
  );
  const positive = all.subarray(0, infinity);

  it('keeps every value that it has', () => {
    const bits = encode(dtype, all);
    bits.forEach((half, i) => {
      if (Number.isNaN(all[i])) expect((half & 0x7fff) > infinity).toBe(true);
      else if (half !== i) throw new Error(`expected ${i}, got ${half}`);
    });
  });

  it('rises from zero to infinity', () => {
    for (let i = 1; i < infinity; i++) expect(positive[i] > positive[i - 1]).toBe(true);
    expect(all[infinity]).toBe(Infinity);
    expect(all[infinity + 0x8000]).toBe(-Infinity);
    expect(Object.is(all[0x8000], -0)).toBe(true);
  });

  it('rounds to the nearest value, and ties to the even one', () => {
    for (let low = 0; low < infinity - 1; low++) {
      const middle = (positive[low] + positive[low + 1]) / 2; // exact in 32 bits
      const even = low % 2 === 0 ? low : low + 1;
      const [below, tie, above] = encode(dtype, [previous(middle), middle, next(middle)]);
      if (below !== low || tie !== even || above !== low + 1) {
        throw new Error(
          `${middle}: expected ${low} ${even} ${low + 1}, got ${below} ${tie} ${above}`,
        );
      }
    }
  });

  it('rounds numbers less than half a step beyond its largest value to that value', () => {
    expect([...encode(dtype, [previous(beyond(positive))])]).toEqual([infinity - 1]);
  });

  it('rounds in place to the same bytes as in new memory', () => {
    const values = all.filter((value) => !Number.isNaN(value));
    const copy = encode(dtype, values);
    expect([...FLOAT_CODECS[dtype].encode(values, true)]).toEqual([...bytesOf(copy)]);
  });

  it('makes no infinity of a NaN', () => {
    const quietAndNot = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001, 0x7fffffff).buffer);
    for (const half of encode(dtype, quietAndNot)) expect((half & 0x7fff) > infinity).toBe(true);
  });

  it('is odd: a negative number rounds as its opposite does', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: 0, max: positive[infinity - 1] }), (value) => {
        const [a, b] = encode(dtype, [value, -value]);
        expect(b).toBe(a + 0x8000);
      }),
    );
  });
});

describe('a number half a step or more beyond the largest value', () => {
  const positive = (dtype: FloatDtype, infinity: number): Float32Array =>
    decode(dtype, Uint16Array.from({ length: infinity }, (_, i) => i)); // prettier-ignore

  it('is refused in F16, which keeps infinity', () => {
    const limit = beyond(positive('F16', 0x7c00));
    for (const value of [limit, -limit, 3e38]) {
      expect(() => encode('F16', [1, value])).toThrow(
        new RangeError(`expected numbers of at most 65504 for f16, got ${Math.fround(value)}`),
      );
    }
    expect([...encode('F16', [Infinity, -Infinity])]).toEqual([0x7c00, 0xfc00]);
  });

  it('is infinity in BF16', () => {
    const limit = beyond(positive('BF16', 0x7f80));
    expect([...encode('BF16', [limit, -limit])]).toEqual([0x7f80, 0xff80]);
  });
});

describe('F32', () => {
  it('keeps every bit, in an array that begins anywhere', () => {
    const bits = Uint32Array.of(0, 0x7f800001, 0xffc12345, 1, 0x80000000, 0x3f800000);
    const bytes = FLOAT_CODECS.F32.encode(new Float32Array(bits.buffer).subarray(1));
    expect([...bytes]).toEqual([...new Uint8Array(bits.buffer, 4)]);
    const odd = new Uint8Array(1 + bytes.length);
    odd.set(bytes, 1);
    const decoded = FLOAT_CODECS.F32.decode(Buffer.from(odd.buffer, 1)); // whose `slice` copies nothing
    expect([...new Uint32Array(decoded.buffer)]).toEqual([...bits.subarray(1)]);
  });

  it('gives the values in their own memory where that is possible', () => {
    const values = new Float32Array(3);
    const again = FLOAT_CODECS.F32.decode(FLOAT_CODECS.F32.encode(values).subarray(4));
    again[1] = 7;
    expect([...values]).toEqual([0, 0, 7]);
  });
});

/** Half a step beyond the last of all values from zero up. */
function beyond(positive: Float32Array): number {
  const [below, largest] = positive.subarray(-2);
  return largest + (largest - below) / 2;
}

/** The next larger 32-bit float of a positive one; `previous` is the next smaller. */
function next(value: number): number {
  return new Float32Array(Uint32Array.of(bitsOf(value) + 1).buffer)[0];
}
function previous(value: number): number {
  return new Float32Array(Uint32Array.of(bitsOf(value) - 1).buffer)[0];
}
function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}
