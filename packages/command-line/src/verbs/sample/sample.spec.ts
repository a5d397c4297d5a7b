import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import type { Sample } from './write-samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-sample-'));
  await makeRun(join(folder, 'letters'), lettersApp);
  await makeRun(join(folder, 'reversal'), reversalApp);
});
afterAll(() => rm(folder, { recursive: true }));

function sample(words: readonly string[], surroundings?: CommandContext): Promise<Outcome> {
  const model = ['--model', join(folder, 'letters'), '--max-new-tokens', '6'];
  return runCommand(['letters', 'sample', ...model, ...words], surroundings);
}

async function sampleJson(words: readonly string[]): Promise<(Sample & { text: string })[]> {
  const { stdout } = await sample([...words, '--json']);
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Sample & { text: string });
}

describe('sample', () => {
  it('prints the prompt and its continuation, the same for the same seed', async () => {
    const first = await sample(['--prompt', 'call me', '--seed', '7']);
    expect(first.stdout).toMatch(/^call me[a-z \n]{1,6}\n$/);
    expect(await sample(['--prompt', 'call me', '--seed', '7'])).toEqual(first);
    expect(await sample(['--prompt', 'call me', '--seed', '8'])).not.toEqual(first);
  });

  it('writes something new without --seed, and prints the seed that gives it again', async () => {
    const words = ['--prompt', 'a'];
    const [drawn, other] = [
      await sample(words, { newSeed: 7 }),
      await sample(words, { newSeed: 8 }),
    ];
    expect(drawn.stderr).toBe('seed 7\n');
    expect(other.stdout).not.toBe(drawn.stdout);
    expect(await sample([...words, '--seed', '7'])).toEqual({ ...drawn, stderr: '' });
    const json = await sample([...words, '--json'], { newSeed: 7 });
    expect([JSON.parse(json.stdout), json.stderr]).toEqual([
      expect.objectContaining({ seed: 7 }),
      '',
    ]);
    const greedy = await sample([...words, '--method', 'greedy', '--json'], { newSeed: 7 });
    expect(JSON.parse(greedy.stdout)).not.toHaveProperty('seed');
  });

  it('warns that it does not read piped input without a prompt', async () => {
    const piped = { stdin: 'me', isPiped: true };
    const { status, stderr } = await sample(['--seed', '7'], piped);
    expect([status, stderr]).toEqual([
      0,
      'standard input is not read; --prompt-file - makes it the prompt\n',
    ]);
    expect((await sample(['--prompt', 'a', '--seed', '7'], piped)).stderr).toBe('');
    const read = await sample(['--prompt-file', '-', '--seed', '7'], piped);
    expect([read.stderr, read.stdout.slice(0, 2)]).toEqual(['', 'me']);
  });

  it('ends only the output for which filters leave no token', async () => {
    const rules = ['--allowed-token', '3', '--blocked-sequence', '0,3', '--method', 'greedy'];
    const both = ['--prompt', 'a', '--prompt', 'b', ...rules];
    const { status, stdout, stderr } = await sample([...both, '--json']);
    const ended = stdout.trim().split('\n');
    expect(ended.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ prompt: 1, text: '', stop: 'nothing' }),
      expect.objectContaining({ prompt: 2, text: 'dddddd', stop: 'length' }),
    ]);
    expect([status, stderr]).toEqual([
      0,
      'warning: 1 of 2 outputs ended where grammar and filters allow no token\n',
    ]);
    expect((await sample(both)).stdout).toBe(
      '=== 1 of 2, prompt 1 ===\na\n\n=== 2 of 2, prompt 2 ===\nbdddddd\n',
    );
  });

  it('prints one line of JSON for each output, without the prompt', async () => {
    const samples = await sampleJson(['--prompt', 'call', '--count', '2']);
    const [{ stdout }, ...others] = [await sample(['--prompt', 'call']), ...samples];
    expect(stdout).toBe(`call${samples[0].text}\n`);
    for (const { text, tokens, logProbability, stop } of others) {
      expect(lettersApp.showOutput(text)).toEqual({ kind: 'text', text });
      expect([tokens.length, stop]).toEqual([text.length, 'length']);
      expect(logProbability).toBeLessThan(0);
    }
  });

  it('prints a heading above each of several texts', async () => {
    const texts = (await sampleJson(['--prompt', 'a', '--count', '2'])).map(({ text }) => text);
    const { stdout } = await sample(['--prompt', 'a', '--count', '2']);
    expect(stdout).toBe(`=== 1 of 2 ===\na${texts[0]}\n\n=== 2 of 2 ===\na${texts[1]}\n`);
  });

  it('reads the prompt from a file or from standard input, unchanged', async () => {
    const path = join(folder, 'prompt.txt');
    await writeFile(path, 'one\n');
    const fromText = await sample(['--prompt', 'one\n']);
    expect(await sample(['--prompt-file', path])).toEqual(fromText);
    expect(await sample(['--prompt-file', '-'], { stdin: 'one\n' })).toEqual(fromText);
  });

  it('writes the most probable tokens with --method greedy, with any seed', async () => {
    const greedy = ['--method', 'greedy', '--prompt', 'ab'];
    expect(await sample([...greedy, '--seed', '1'])).toEqual(
      await sample([...greedy, '--seed', '2']),
    );
  });

  it('writes them with --temperature 0 too, with any other settings of the distribution', async () => {
    const words = ['--prompt', 'ab'];
    const greedy = await sample([...words, '--method', 'greedy']);
    expect(await sample([...words, '--temperature', '0'])).toEqual(greedy);
    expect(await sample([...words, '--temperature', '0', '--top-p', '0.9'])).toEqual(greedy);
  });

  it('ends before a stop text and at a stop token', async () => {
    const [{ text, tokens }] = await sampleJson(['--prompt', 'call']);
    const stop = text.slice(2, 4);
    const [byText] = await sampleJson(['--stop', 'zzz', '--stop', stop, 'call']);
    expect(byText).toMatchObject({ text: text.slice(0, text.indexOf(stop)), stop: 'text' });
    const [byToken] = await sampleJson(['--prompt', 'call', '--stop-token', `${tokens[3]}`]);
    expect(byToken).toMatchObject({ stop: 'token' });
    expect(byToken.tokens).toEqual(tokens.slice(0, tokens.indexOf(tokens[3])));
  });

  it('prints once that the prompt is too long, and once that the context was full', async () => {
    const words = ['--prompt', 'more than eight', '--max-new-tokens', '12', '--seed', '4'];
    const { stderr } = await sample(words);
    expect(stderr.split('\n')).toEqual([
      "The prompt is longer than the model's context: only its last 8 tokens were read.",
      "The output grew longer than the model's context of 8 tokens: from there on the model saw " +
        'the last 6 to 8 tokens, and no earlier ones (--slide-share).',
      '',
    ]);
    expect((await sample([...words, '--quiet'])).stderr).toBe('');
    expect(await sampleJson(words)).toMatchObject([{ cut: { tokens: 15, kept: 8 } }]);
  });

  it('refuses a prompt that is longer than the context with --long-prompts refuse', async () => {
    const refuse = ['--long-prompts', 'refuse', '--prompt'];
    expect(await sample([...refuse, 'more than eight'])).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --long-prompts: expected prompts that leave room for an output in a context of 8, got longer ones: prompt 1 has 15 tokens\n',
    });
    expect(await sample([...refuse, 'eight me'])).toMatchObject({ status: 0 });
  });

  it('writes texts with their prompt to numbered files with --out', async () => {
    const out = join(folder, 'story.txt');
    const { stdout } = await sample(['--prompt', 'a', '--count', '2', '--out', out]);
    const paths = [join(folder, 'story-1.txt'), join(folder, 'story-2.txt')];
    expect(stdout).toBe(`${paths.join('\n')}\n`);
    const [first] = await sampleJson(['--prompt', 'a']);
    expect(await readFile(paths[0], 'utf8')).toBe(`a${first.text}`);
  });

  it('writes outputs that are not text to new files, and never over another', async () => {
    const work = join(folder, 'work');
    await makeRun(join(work, 'run'), reversalApp);
    const before = process.cwd();
    process.chdir(work);
    try {
      const words = ['reversal', 'sample', '--model', 'run', '--prompt', 'abc'];
      expect((await runCommand(words)).stdout).toBe('reversal-1.rev\n');
      const { stdout } = await runCommand([...words, '--json', '--max-new-tokens', '2']);
      expect(JSON.parse(stdout)).toMatchObject({ file: 'reversal-2.rev', stop: 'length' });
      expect(await readdir(work)).toEqual(['reversal-1.rev', 'reversal-2.rev', 'run']);
    } finally {
      process.chdir(before);
    }
  });

  it('writes a companion file next to each output, or only the companion, if requested', async () => {
    const [model, out] = [join(folder, 'reversal'), join(folder, 'word.rev')];
    const words = ['reversal', 'sample', '--model', model, '--prompt', 'abc', '--out', out];
    const paths = ['word-1.rev', 'word-1.loud', 'word-2.rev', 'word-2.loud'];
    const files = paths.map((name) => join(folder, name));
    const { stdout } = await runCommand([...words, '--count', '2', '--loud']);
    expect(stdout).toBe(`${files.join('\n')}\n`);
    const [plain, loud] = await Promise.all(files.map((path) => readFile(path, 'utf8')));
    expect(loud).toBe(plain.toUpperCase());
    const alone = join(folder, 'alone.loud');
    expect((await runCommand([...words, '--out', alone])).stdout).toBe(`${alone}\n`);
    expect(await readFile(alone, 'utf8')).toBe(loud);
    const json = await runCommand([...words, '--loud', '--json']);
    const companion = join(folder, 'word.loud');
    expect(JSON.parse(json.stdout)).toMatchObject({ file: out, companion });
  });

  it('ends silently when nobody reads its output', async () => {
    expect(await sample(['--prompt', 'a'], { reads: 2 })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('sample, wrongly used,', () => {
  it.each<[string[], string]>([
    [['--stop', ''], '--stop: expected text, got an empty string'],
    [['--stop-token', '29'], '--stop-token: expected ids from 0 to 28, got 29'],
    [['--stop-token', 'x'], '--stop-token: expected ids from 0 to 28, got x'],
    [['--allowed-token', '-1'], '--allowed-token: expected ids from 0 to 28, got -1'],
    [['--suppressed-token', '1.5'], '--suppressed-token: expected ids from 0 to 28, got 1.5'],
    [['--blocked-sequence', '3,29'], '--blocked-sequence: expected ids from 0 to 28, got 29'],
    [['--logit-bias', '29=1'], '--logit-bias: expected ids from 0 to 28, got 29'],
    [
      ['--logit-bias', '3'],
      '--logit-bias: expected a token id and a number or -inf, such as 12=-1.5, got 3',
    ],
    [['--logit-bias', '3=1e999'], '--logit-bias: expected a number or -Infinity, got Infinity'],
    [['--max-seconds', '0'], '--max-seconds: expected a number above 0, got 0'],
    [['--batch-size', '0'], '--batch-size: expected an integer of at least 1, got 0'],
    [['--count', '0'], '--count: expected an integer of at least 1 and at most 1000000, got 0'],
    [['--method', 'beam'], '--method: expected random or greedy, got "beam"'],
    [
      ['--temperature', '-1'],
      '--temperature: expected a number of at least 0, got -1; 0 takes the most likely token',
    ],
    [['--top-k', '-1'], '--top-k: expected an integer of at least 0, got -1'],
    [['--top-p', '0'], '--top-p: expected a number above 0 and at most 1, got 0'],
    [['--min-p', '1.1'], '--min-p: expected a number of at least 0 and at most 1, got 1.1'],
    [['--typical-p', '0'], '--typical-p: expected a number above 0 and at most 1, got 0'],
    [
      ['--epsilon-cutoff', '1'],
      '--epsilon-cutoff: expected a number of at least 0 and below 1, got 1',
    ],
    [['--eta-cutoff', 'x'], '--eta-cutoff: expected a number of at least 0 and below 1, got "x"'],
    [['--repetition-penalty', '0'], '--repetition-penalty: expected a number above 0, got 0'],
    [['--frequency-penalty', 'x'], '--frequency-penalty: expected a number, got "x"'],
    [['--presence-penalty', 'x'], '--presence-penalty: expected a number, got "x"'],
    [
      ['--no-repeat-ngram-size', '0.5'],
      '--no-repeat-ngram-size: expected an integer of at least 0, got 0.5',
    ],
    [['--min-new-tokens', '7'], '--min-new-tokens: expected at most --max-new-tokens (6), got 7'],
    [['--max-new-tokens', '0'], '--max-new-tokens: expected an integer of at least 1, got 0'],
    [['--slide-share', '1'], '--slide-share: expected a number above 0 and below 1, got 1'],
    [
      ['--num-beams', '1e5'],
      '--num-beams: expected an integer of at least 1 and at most 1024, got 100000',
    ],
    [
      ['--num-beams', '0'],
      '--num-beams: expected an integer of at least 1 and at most 1024, got 0',
    ],
    [['--n-best', '2'], '--n-best: expected at most --num-beams (1), got 2'],
    [['--length-penalty', '2'], '--length-penalty: expected 1 with --num-beams (1), got 2'],
    [
      ['--length-penalty-form', 'wu', '--num-beams', '2'],
      '--length-penalty-form: expected power or gnmt, got "wu"',
    ],
    [
      ['--early-stopping', 'yes', '--num-beams', '2'],
      '--early-stopping: expected true, false or never, got "yes"',
    ],
    [['--prompt-lookup', '-1'], '--prompt-lookup: expected an integer of at least 0, got -1'],
    [
      ['--prompt-lookup', '4', '--num-beams', '2'],
      '--prompt-lookup: expected 0 with --num-beams (2), got 4',
    ],
    [['--seed', '-1'], '--seed: expected an integer of at least 0, got -1'],
    [
      ['--method', 'greedy', '--temperature', '0.7'],
      '--temperature: expected 1 with the method greedy, which samples nothing, got 0.7',
    ],
    [
      ['--method', 'greedy', '--count', '2'],
      '--count: expected 1 with the method greedy, whose outputs would all be the same, got 2',
    ],
    [
      ['--num-beams', '2', '--count', '2'],
      '--count: expected 1 with --num-beams (2), got 2; --n-best returns several',
    ],
    [['--topk', '3'], '--topk: unknown flag. Did you mean --top-k?'],
    [
      ['A', 'B'],
      'B: expected a flag, got a word; a text of several words needs quotes; for several prompts repeat --prompt or --prompt-file; see ramble letters sample --help',
    ],
    [
      ['--prompt', 'a', '--prompt-file', 'b'],
      '--prompt-file: expected the prompt once, got --prompt too',
    ],
    [
      ['--prompt-lines', 'a', '--prompt-file', 'b'],
      '--prompt-lines: expected the prompt once, got --prompt-file too',
    ],
    [
      ['--prompt-file', '-', '--prompt-file', '-'],
      '--prompt-file: expected standard input once, got - twice',
    ],
  ])('prints the error: %j', async (words, message) => {
    expect(await sample(words)).toEqual({ status: 2, stdout: '', stderr: `error: ${message}\n` });
  });

  it('names --model for a run among the words', async () => {
    const run = join(folder, 'reversal');
    expect((await runCommand(['reversal', 'sample', run, 'abc'])).stderr).toBe(
      `error: ${run}: expected a flag, got a word; for the model type --model ${run}; see ramble reversal sample --help\n`,
    );
  });

  it.each([
    ['--grammar', '; a file of a grammar is --grammar-file FILE'],
    ['--no-grammar', ''],
  ])('refuses %s if the domain has no grammar', async (flag, hint) => {
    expect(await sample([flag])).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${flag}: expected a domain with a grammar, got ramble letters, which has none${hint}\n`,
    });
  });

  it('refuses stop texts if outputs are no text', async () => {
    const model = ['--model', join(folder, 'reversal')];
    expect(await runCommand(['reversal', 'sample', ...model, '--stop', 'x'])).toMatchObject({
      status: 2,
      stderr:
        'error: --stop: expected an app with streamOutput(domain), which writes outputs as text piece by piece, got ramble reversal without it\n',
    });
  });
});

describe('sample, given unusable input,', () => {
  it('names the prompt that it cannot use', async () => {
    const [lines, empty] = [join(folder, 'lines.txt'), join(folder, 'empty.txt')];
    await writeFile(lines, 'one\nTwo\n');
    await writeFile(empty, '');
    expect(await sample(['--prompt-lines', lines])).toMatchObject({
      status: 1,
      stderr: 'error: text: expected small letters, got T\n',
    });
    expect(await sample(['--prompt-lines', empty])).toMatchObject({
      status: 1,
      stderr: `error: ${empty}: expected one prompt per line, got none\n`,
    });
  });

  it('fails if no token is allowed', async () => {
    const words = ['--allowed-token', '3', '--suppressed-token', '3'];
    const stderr =
      'error: sampling: expected a token that grammar and filters allow, got none; change --allowed-token or --suppressed-token\n';
    expect(await sample(words)).toEqual({ status: 1, stdout: '', stderr });
    // The line of the printed prompt ends before the error's line.
    expect(await sample([...words, '--prompt', 'x'])).toEqual({
      status: 1,
      stdout: 'x\n',
      stderr,
    });
  });

  it('names the letters that a prompt may contain', async () => {
    expect(await sample(['--prompt', 'Call'])).toEqual({
      status: 1,
      stdout: '',
      stderr: 'error: text: expected small letters, got C\n',
    });
  });

  it('names a missing prompt file', async () => {
    const path = join(folder, 'nothing.txt');
    expect(await sample(['--prompt-file', path])).toMatchObject({
      status: 1,
      stderr: `error: ${path}: expected a file or folder, got nothing at that path\n`,
    });
  });

  it('names the engine that cannot run here', async () => {
    expect(await sample(['--engine', 'absent'])).toMatchObject({
      status: 1,
      stderr: 'error: --engine absent: expected a machine to come, got this one\n',
    });
  });
});
