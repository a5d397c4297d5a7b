import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import { tunesApp } from '../../../test/tunes-app.js';

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-embed-'));
  await makeRun(at('letters'), lettersApp, { contextLength: 24 });
  await makeRun(at('tunes'), tunesApp);
});
afterAll(() => rm(folder, { recursive: true }));

function embed(words: readonly string[], context?: CommandContext): Promise<Outcome> {
  return runCommand(['letters', 'embed', '--model', at('letters'), ...words], context);
}

interface Line {
  readonly prompt: number;
  readonly tokens: number;
  readonly embedding: readonly number[];
}
const jsonLines = ({ stdout }: Outcome): Line[] =>
  stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line); // prettier-ignore

describe('embed', () => {
  it('prints a vector of length 1 for each prompt, with its number of tokens', async () => {
    const words = ['--prompt', 'call me', '--prompt', 'a', '--prompt', 'call me', '--json'];
    const lines = jsonLines(await embed(words));
    expect(lines.map(({ prompt, tokens }) => [prompt, tokens])).toEqual([
      [1, 7],
      [2, 1],
      [3, 7],
    ]);
    for (const { embedding } of lines) expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    expect(lines[2].embedding).toEqual(lines[0].embedding);
    expect(lines[1].embedding).not.toEqual(lines[0].embedding);
  });

  it('prints numbers with spaces between them without --json', async () => {
    const { stdout } = await embed(['call me']);
    const [{ embedding }] = jsonLines(await embed(['call me', '--json']));
    expect(stdout).toBe(`${embedding.join(' ')}\n`);
  });

  it('reads lines and files, and pools as asked', async () => {
    await writeFile(at('lines.txt'), 'call me\na\n');
    const mean = jsonLines(await embed(['--prompt-lines', at('lines.txt'), '--json']));
    expect(mean.map(({ tokens }) => tokens)).toEqual([7, 1]);
    const lines = ['--prompt-lines', '-', '--pooling', 'last', '--json'];
    const last = jsonLines(await embed(lines, { stdin: 'call me\na\n' }));
    expect(last[0].embedding).not.toEqual(mean[0].embedding);
    expect(last[1].embedding).toEqual(mean[1].embedding); // one token
    const [cut] = jsonLines(await embed(['call me', '--dimensions', '3', '--json']));
    expect(cut.embedding).toHaveLength(3);
  });

  it('reads the files of a domain', async () => {
    await writeFile(at('song.tune'), 'cde');
    const words = ['tunes', 'embed', '--model', at('tunes'), '--prompt-file', at('song.tune')];
    const { status, stdout, stderr } = await runCommand(words);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split(' ').length).toBeGreaterThan(3);
  });

  it.each([
    [[], '--prompt: required; --prompt-file and --prompt-lines read files'],
    [['a', '--prompt', 'b'], '--prompt: expected the prompt once, got a too'],
    [['a', '--pooling', 'max'], '--pooling: expected mean or last, got "max"'],
    [['a', '--dimensions', '0'], '--dimensions: expected an integer of at least 1, got 0'],
    [['a', '--dimensions', '999'], '--dimensions: expected an integer of at least 1 and at most'],
    [['--prompt', 'a', '--prompt', 'a'.repeat(25)], 'got 25 in prompt 2'],
  ])('refuses %j', async (words, message) => {
    const { status, stdout, stderr } = await embed(words);
    expect([status > 0, stdout, stderr]).toEqual([true, '', expect.stringContaining(message)]);
  });
});
