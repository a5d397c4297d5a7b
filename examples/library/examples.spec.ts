import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The lines that an example prints, run as a reader would, on what is built. */
function run(name: string, ...words: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileOf(name), ...words], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

describe('the examples of the library', () => {
  it('memorize a sentence', () => {
    expect(run('overfit-sentence.mjs', 'Thar she blows!').at(-1)).toBe('Thar she blows!');
  });

  it('make names of the letters of names', () => {
    const letters = new Set(readFileSync(fileOf('names.txt'), 'utf8'));
    const made = run('names.mjs', fileOf('names.txt'), '4').slice(-4);
    for (const name of made) {
      const [written] = name.split(' ');
      expect(written.length).toBeGreaterThan(1);
      expect(Array.from(written).every((letter) => letters.has(letter))).toBe(true);
    }
  });

  it('say numbers that were never learned', () => {
    const last = run('numbers.mjs', '250').at(-1);
    const [, right] = /^(\d+) of 143 numbers are right$/.exec(last!)!;
    expect(Number(right)).toBeGreaterThan(110);
  });

  it.each(['overfit-sentence', 'names', 'numbers'])('have at most 80 lines: %s', (name) => {
    const lines = readFileSync(fileOf(`${name}.mjs`), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(80);
  });
});
