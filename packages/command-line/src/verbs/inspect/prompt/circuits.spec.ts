import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ablatePrompt, attributeLogit, finished, patchPrompts } from '@ramble/core/study';
import { loadDomain, loadRun, openRun } from '@ramble/runs';
import { folderStorage } from '@ramble/runs/node';

import { lettersApp } from '../../../../test/letters-app.js';
import { makeRun } from '../../../../test/make-run.js';
import { runCommand } from '../../../../test/run-command.js';
import type { Circuits } from './circuits.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-circuits-'));
  run = join(folder, 'run');
  await makeRun(run, lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

const inspect = (...words: string[]) =>
  runCommand(['letters', 'inspect', '--model', run, ...words]);
const PROMPT = ['--prompt', 'abcab'];

describe('inspect, of parts of a model,', () => {
  it('prints the measurements of the library', async () => {
    const words = ['--corrupted', 'abcad', '--ablate', 'mean', '--attribute', '--head-scores'];
    const { stdout, stderr } = await inspect(...PROMPT, ...words, '--json');
    expect(stderr).toBe('');
    const found = JSON.parse(stdout) as Circuits;
    const storage = folderStorage(run);
    const { model } = await loadRun(storage);
    const domain = await loadDomain(await openRun(storage), lettersApp.factory);
    const [clean, corrupted] = ['abcab', 'abcad'].map((text) => domain.encodePrompt(text as never));
    const measure = { answer: found.answer?.token ?? -1, other: found.other?.token };
    expect(found.ablation).toEqual({
      by: 'mean',
      ...finished(ablatePrompt(model, clean, measure, { by: 'mean' })),
    });
    expect(found.patching).toEqual(finished(patchPrompts(model, { clean, corrupted }, measure)));
    expect(found.attribution).toEqual(attributeLogit(model, clean, measure));
    expect(found.headScores).toHaveLength(model.config.nLayer);
    model.dispose();
  });

  it('prints tables with a row for each layer', async () => {
    const words = ['--answer', 'c', '--other', 'd', '--ablate', 'zero', '--attribute'];
    const { stdout } = await inspect(...PROMPT, ...words);
    expect(stdout).toMatch(
      /^Ablation \(zero\) of a head, attention or MLP: the logit of \S*c\S* minus that of \S*d/,
    );
    expect(stdout).toMatch(/^layer 0 +-?\d/m);
    expect(stdout).toContain('Parts of the logit of');
    expect((await inspect('--head-scores')).stdout).toContain(
      'what followed earlier copies (induction):',
    );
  });

  it('prints the likeliest token after each token and block', async () => {
    const { lens } = JSON.parse((await inspect(...PROMPT, '--lens', '--json')).stdout) as Circuits;
    const { model } = await loadRun(folderStorage(run));
    expect(lens?.map((tokens) => tokens.length)).toEqual(Array(model.config.nLayer + 1).fill(5));
    model.dispose();
    const { stdout } = await inspect(...PROMPT, '--lens');
    expect(stdout).toMatch(/^Logit lens: .*\n=+\n +embeddings +after block 0\n/);
    expect(stdout).toMatch(new RegExp(`^\\S*b\\S* +${lens?.[0][4].word} `, 'm'));
  });

  it.each([
    [['--lens'], '--lens: expected a prompt with it, got none'],
    [['--ablate', 'zero'], '--ablate: expected a prompt with it, got none'],
    [[...PROMPT, '--ablate', 'one'], '--ablate: expected zero or mean, got "one"'],
    [[...PROMPT, '--attribute', '--answer', 'ab'], '--answer: expected one token, got 2 for "ab"'],
    [
      [...PROMPT, '--corrupted', 'ab'],
      'corrupted: expected 5 tokens, as in the clean prompt, got 2',
    ],
    [
      [...PROMPT, '--attribute', '--out', 'page.html'],
      '--out: expected no measurements of parts with it, which are printed, got some',
    ],
  ])('refuses %j', async (words, message) => {
    const { status, stderr } = await inspect(...words);
    expect(stderr).toContain(message);
    expect(status).not.toBe(0);
  });
});

describe('train --probe induction', () => {
  it('logs the highest induction score at each evaluation, and prints it', async () => {
    const out = join(folder, 'probed');
    const size =
      '--n-layer 1 --n-head 2 --n-embd 8 --context-length 8 --batch-size 2 --eval-batches 1';
    const words = [...size.split(' '), '--max-steps', '4', '--eval-interval', '2'];
    const data = join(folder, 'data.txt');
    await writeFile(data, 'abcdefgh'.repeat(200));
    const { stdout, stderr, status } = await runCommand([
      ...['letters', 'train', '--data', data, '--out', out],
      ...words,
      ...['--probe', 'induction'],
    ]);
    expect([status, stdout + stderr]).toEqual([0, expect.stringMatching(/induction 0\.\d{3}/)]);
    const log = await readFile(join(out, 'log.jsonl'), 'utf8');
    const scores = log
      .split('\n')
      .filter((line) => line.includes('validationLoss'))
      .map((line) => (JSON.parse(line) as { inductionScore: number }).inductionScore);
    expect(scores).toHaveLength(2);
    for (const score of scores) expect(score).toBeGreaterThan(0);
    for (const score of scores) expect(score).toBeLessThan(1);
  });
});
