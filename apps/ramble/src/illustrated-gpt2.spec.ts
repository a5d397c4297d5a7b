import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Ended, startRamble } from '../test/start-ramble.js';

const PAGE = new URL('../../../docs/illustrated-gpt2.md', import.meta.url);
const commands = Array.from(
  readFileSync(PAGE, 'utf8').matchAll(/^ramble (text .*)$/gm),
  ([, command]) => command,
);

let folder: string;
const run = (words: readonly string[]): Promise<Ended> =>
  startRamble([...words, '--engine', 'cpu']);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-illustrated-'));
  const data = join(folder, 'book.txt');
  await writeFile(data, 'The whale and the sea.\n'.repeat(40));
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '32'];
  const words = ['--data', data, '--tokenizer', 'bytes', '--max-steps', '5', ...size];
  const { status } = await run(['text', 'train', '--out', join(folder, 'book'), ...words]);
  expect(status).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

/** A command as the page has it, in words, its run and its file in the folder. */
function wordsOf(command: string): string[] {
  return Array.from(command.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => {
    if (word === 'runs/book') return join(folder, 'book');
    return word === 'whale.html' ? join(folder, word) : word.startsWith("'") ? quoted : word;
  });
}

describe("the page on The Illustrated GPT-2's pictures", () => {
  it.each(commands)('shows a command that works: %s', async (command) => {
    const { status, stdout } = await run(wordsOf(command));
    expect([status, stdout === '']).toEqual([0, false]);
  });

  it('has a command that writes a page', async () => {
    const path = join(folder, 'whale.html');
    expect((await stat(path)).size).toBeGreaterThan(10_000);
    expect(await readFile(path, 'utf8')).toContain('The prompt: 21 tokens');
  });
});
