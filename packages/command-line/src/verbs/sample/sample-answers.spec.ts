import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';
import type { Sample } from './write-samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-answers-'));
  await makeRun(join(folder, 'run'), reversalApp, { contextLength: 16 });
});
afterAll(() => rm(folder, { recursive: true }));

function sample(words: readonly string[], stdin?: string): Promise<Outcome> {
  const model = ['--model', join(folder, 'run'), '--method', 'greedy', '--max-new-tokens', '4'];
  return runCommand(['reversal', 'sample', ...model, '--out', join(folder, 'x.rev'), ...words], {
    stdin,
  });
}

async function outputs(words: readonly string[], stdin?: string): Promise<string[]> {
  const { stdout } = await sample([...words, '--json'], stdin);
  const files = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { file: string }).file);
  return Promise.all(files.map((file) => readFile(file, 'utf8')));
}

describe('sample, if outputs answer their prompts,', () => {
  it('takes the prompt as a word', async () => {
    expect(await outputs(['abc'])).toEqual(await outputs(['--prompt', 'abc']));
    expect((await sample(['abc', '--prompt', 'abc'])).stderr).toBe(
      'error: --prompt: expected the prompt once, got abc too; a text of several words needs quotes\n',
    );
  });

  it('warns of a prompt that is the path of a file', async () => {
    const { stderr } = await sample(['package.json']);
    expect(stderr).toContain(
      'warning: the prompt is the text package.json; --prompt-file package.json reads that file\n',
    );
    expect((await sample(['abc'])).stderr).not.toContain('--prompt-file');
  });

  it('answers each line of standard input in order, with the same result as one by one', async () => {
    const words = ['abcdefgh', 'ab', '', 'abcd', 'b'];
    const together = await outputs(['--batch-size', '3'], `${words.join('\n')}\n`);
    const alone: string[] = [];
    for (const word of words) alone.push(...(await outputs(['--prompt', word])));
    expect(together).toEqual(alone);
    expect(together[2]).toBe('');
  });

  it('gives the number of a line, even of a single one', async () => {
    expect(JSON.parse((await sample(['--json'], 'abcd\n')).stdout)).toMatchObject({ prompt: 1 });
    expect(JSON.parse((await sample(['abcd', '--json'])).stdout)).not.toHaveProperty('prompt');
  });

  it('needs a line', async () => {
    expect((await sample([], '')).stderr).toBe(
      'error: standard input: expected one prompt per line, got none\n',
    );
  });

  it('cuts a long prompt with a warning, or refuses it with --long-prompts refuse', async () => {
    const path = join(folder, 'lines.txt');
    await writeFile(path, `ab\n${'abcdefgh'.repeat(5)}\n${'abcdefgh'.repeat(4)}\n`);
    const cut = await sample(['--prompt-lines', path]);
    expect(cut).toMatchObject({
      status: 0,
      stderr:
        'warning: prompt 2 has 41 tokens, and 1 others are too long; cut to what a context of 16 has room for\n',
    });
    const { stdout } = await sample(['--prompt-lines', path, '--json']);
    const cuts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(cuts[0]).not.toHaveProperty('cut');
    expect(cuts.slice(1)).toMatchObject([
      { prompt: 2, cut: { tokens: 41, kept: 12 } },
      { prompt: 3, cut: { tokens: 33, kept: 12 } },
    ]);
    expect(await sample(['--prompt-lines', path, '--long-prompts', 'refuse'])).toMatchObject({
      status: 2,
      stderr:
        'error: --long-prompts: expected prompts that leave room for an output in a context of 16, got longer ones: prompt 2 has 41 tokens, and 1 others are too long\n',
    });
  });

  it('scores its outputs with the log-probabilities of their sampling', async () => {
    const { stdout } = await sample(['abc', '--num-beams', '3', '--n-best', '2', '--json']);
    const samples = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Sample);
    expect(samples).toHaveLength(2);
    expect(samples[0].score).toBeGreaterThanOrEqual(samples[1].score!);
  });
});
