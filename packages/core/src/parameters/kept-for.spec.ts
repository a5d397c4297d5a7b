import { keptFor } from './kept-for.js';

describe('keptFor', () => {
  it('keeps weights of 8 bits in blocks where activations are bytes', () => {
    expect((['int8', 'q8', 'q4'] as const).map((kind) => keptFor('int8', kind))).toEqual([
      'q8',
      'q8',
      'q4',
    ]);
  });

  it('keeps weights as they are where activations are floats', () => {
    const kinds = ['f32', 'f16', 'int8', 'q8', 'q4'] as const;
    expect(kinds.map((kind) => keptFor('f32', kind))).toEqual(kinds);
  });

  it('refuses activations of bytes with wider weights', () => {
    expect(() => keptFor('int8', 'f16')).toThrow(
      new RangeError(
        'activations: expected f32 with weights of f16, got int8; choose weights of int8 or q4 for it',
      ),
    );
  });
});
