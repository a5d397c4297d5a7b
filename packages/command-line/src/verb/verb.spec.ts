import { execFileSync } from 'node:child_process';

import fc from 'fast-check';

import { shellQuoted } from './verb.js';

describe('shellQuoted', () => {
  it.each([
    ['runs/book', 'runs/book'],
    ['./domain.js', './domain.js'],
    ['my runs/a', "'my runs/a'"],
    ['x; touch y #', "'x; touch y #'"],
    ["it's", "'it'\\''s'"],
    ['~/a', "'~/a'"],
    ['', "''"],
  ])('types %j as %s', (word, typed) => {
    expect(shellQuoted(word)).toBe(typed);
  });

  it('is read by a shell as the same single word', () => {
    const characters = Array.from('ab ;&|<>()$`\\"\'*?[]#~=%!{}\n\t\u202eé🐋');
    const word = fc.array(fc.constantFrom(...characters)).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const script = `printf '%s\\0' ${words.map(shellQuoted).join(' ')}`;
        const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(printed.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 30 },
    );
  });
});
