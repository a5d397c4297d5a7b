import { fromBase64 } from './requested-model.js';
import { toBase64 } from './page-token.js';

describe('base64', () => {
  it('equals the base64 of Node, also for many bytes', () => {
    for (const length of [0, 1, 2, 3, 20_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
      const base64 = toBase64(bytes);
      expect(base64).toBe(Buffer.from(bytes).toString('base64'));
      expect(fromBase64('file', base64)).toEqual(bytes);
    }
  });

  it('refuses other text', () => {
    expect(() => fromBase64('file', 'a*')).toThrow(
      new RangeError('file: expected a file in base64, got other text'),
    );
  });
});
