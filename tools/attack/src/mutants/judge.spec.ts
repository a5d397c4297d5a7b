import { judge } from './judge.js';

const about = { names: ['run.json', 'copy/run/'], folder: '/tmp/x/' };
const verdict = (stderr: string, status = 1): string | undefined =>
  judge({ status, stderr }, about);

describe('judge', () => {
  it('accepts a successful command, and a short refusal that names the file', () => {
    expect(verdict('', 0)).toBeUndefined();
    expect(verdict('warning: old\nerror: /tmp/x/copy/run/run.json: expected JSON, got ""\n')).toBe(
      undefined,
    );
  });

  it.each([
    ['', 1, /^expected a line that begins with error:, got ""$/],
    ['error: run.json: x\n', 3, /^exit status: expected 0, 1 or 2, got 3$/],
    [`error: run.json: ${'x'.repeat(600)}\n`, 1, /^expected 500 characters, got 617/],
    ['error: run.json: Maximum call stack size exceeded\n', 1, /^expected a sentence/],
    ['error: run.json: a.b is not a function\n', 1, /^expected a sentence/],
    ['error: run.json: x\n    at parse (a.js:1:1)\n', 1, /^expected a sentence/],
    ['error: run.json: \x1b[2J\n', 1, /^expected visible text/],
    ['error: expected an integer\n', 1, /^expected the file's name/],
  ])('does not accept %j', (stderr, status, what) => {
    expect(verdict(stderr, status)).toMatch(what);
  });
});
