import { parsePrograms } from './music-domain.js';

describe('parsePrograms', () => {
  it.each([
    ['0', [0]],
    ['0-3, 16', [0, 1, 2, 3, 16]],
    ['127', [127]],
  ])('reads %s', (text, programs) => {
    expect([...parsePrograms(text)]).toEqual(programs);
  });

  it('accepts all', () => {
    expect(parsePrograms('all').size).toBe(128);
  });

  it.each(['', 'piano', '3-1', '128', '1,,2', '-1'])('refuses %j', (text) => {
    expect(() => parsePrograms(text)).toThrow(
      new RangeError(
        `programs: expected all, or numbers from 0 to 127 such as 0-7,16, got ${JSON.stringify(text)}`,
      ),
    );
  });
});
