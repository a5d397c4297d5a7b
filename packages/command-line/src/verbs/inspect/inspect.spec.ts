import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { ModelConfig } from '@ramble/core';
import type { ParameterTally } from '@ramble/core/model';
import type { CacheStep, LensReading, StepShape } from '@ramble/core/study';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { runCommand } from '../../../test/run-command.js';
import type { RunSummary } from './run-lines.js';

const THIS_FILE = fileURLToPath(import.meta.url);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-inspect-'));
  await makeRun(join(folder, 'run'), lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

async function inspect(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(['letters', 'inspect', ...words]);
  expect([status === 0, stderr === '']).toEqual([stderr === '', status === 0]);
  return stdout + stderr;
}

describe('inspect', () => {
  it.each([
    ['gpt2', 124_439_808],
    ['gpt2-medium', 354_823_168],
    ['gpt2-large', 774_030_080],
    ['gpt2-xl', 1_557_611_200],
  ])('counts the parameters of %s', async (preset, total) => {
    const json = JSON.parse(await inspect('--preset', preset, '--json')) as {
      parameters: ParameterTally;
    };
    expect(json.parameters.total).toBe(total);
  });

  it("counts the domain's own tokens without a run, unless it learns them or a size is given", async () => {
    const sizeOf = async (domain: string, ...words: string[]): Promise<string | undefined> => {
      const command = [domain, 'inspect', '--preset', 'gpt2', ...words];
      const { stdout } = await runCommand(command);
      return /^tokenEmbedding\.weight +(\d+) x 768 /m.exec(stdout)?.[1];
    };
    expect(await sizeOf('reversal')).toBe('28');
    expect(await sizeOf('reversal', '--vocab-size', '31')).toBe('31');
    expect(await sizeOf('letters')).toBe('50257');
  });

  it('refuses a run of a million layers before it counts them', async () => {
    const run = join(folder, 'deep');
    await makeRun(run, lettersApp);
    const path = join(run, 'run.json');
    const text = await readFile(path, 'utf8');
    const deep = text.replace(/"nLayer": \d+/, '"nLayer": 1000000');
    await writeFile(path, deep);
    expect(await inspect('--model', run)).toContain(`error: ${path}: expected the checksum "`);
    await writeFile(path, deep.replace(/ *"checksum": .*\n/, ''));
    expect(await inspect('--model', run)).toBe(
      `error: ${path}: model: --n-layer: expected an integer of at least 1 and at most 10000, got 1000000\n`,
    );
  });

  it('prints options as flags, and in words if they have no flag', async () => {
    const run = join(folder, 'imported');
    await makeRun(run, lettersApp);
    const path = join(run, 'run.json');
    const description = JSON.parse(await readFile(path, 'utf8')) as { domain: object };
    const { domain, ...rest } = { ...description, checksum: undefined };
    const options = { letters: 'all', tokenizer: 'tokenizer.json' };
    await writeFile(path, JSON.stringify({ ...rest, domain: { ...domain, options } }));
    expect(await inspect('--model', run)).toContain(
      '             --letters all\n             tokenizer: tokenizer.json\n',
    );
  });

  it('prints the tally row by row', async () => {
    expect(await inspect('--preset', 'gpt2')).toBe(
      [
        'parameter                 shape          a block       all 12',
        'tokenEmbedding.weight     50257 x 768              38,597,376',
        'positionEmbedding.weight  1024 x 768                  786,432',
        '  norm1.gain              768                768        9,216',
        '  norm1.bias              768                768        9,216',
        '  attention.qkv.weight    768 x 2304   1,769,472   21,233,664',
        '  attention.qkv.bias      2304             2,304       27,648',
        '  attention.proj.weight   768 x 768      589,824    7,077,888',
        '  attention.proj.bias     768                768        9,216',
        '  norm2.gain              768                768        9,216',
        '  norm2.bias              768                768        9,216',
        '  mlp.up.weight           768 x 3072   2,359,296   28,311,552',
        '  mlp.up.bias             3072             3,072       36,864',
        '  mlp.down.weight         3072 x 768   2,359,296   28,311,552',
        '  mlp.down.bias           768                768        9,216',
        '  blocks                               7,087,872   85,054,464',
        'finalNorm.gain            768                             768',
        'finalNorm.bias            768                             768',
        'total                                             124,439,808',
        '',
      ].join('\n'),
    );
  });

  it('counts the blocks that have a parameter if some lack it', async () => {
    const words = ['--n-layer', '5', '--attention', 'causal,relative', '--max-distance', '100'];
    const lines = (await inspect('--preset', 'gpt2', ...words)).split('\n');
    const wanted = lines.filter((line) => /distances|^ +blocks/.test(line));
    expect(wanted.map((line) => line.trim().replace(/ {2,}/g, ' | '))).toEqual([
      'attention.distances.weight (2 of 5) | 1200 x 64 | 76,800 | 153,600',
      'blocks | 35,592,960',
    ]);
  });

  it('takes any size, flags over presets', async () => {
    const words = ['--preset', 'tiny', '--vocab-size', '29', '--n-layer', '2', '--json'];
    expect((JSON.parse(await inspect(...words)) as { model: ModelConfig }).model).toMatchObject({
      vocabSize: 29,
      contextLength: 8,
      nLayer: 2,
      nEmbd: 8,
      mlpDim: 32,
    });
  });

  it('reports the contents of run.json', async () => {
    const json = await inspect('--model', join(folder, 'run'), '--json');
    const summary = JSON.parse(json) as RunSummary & { parameters: ParameterTally };
    expect(summary).toMatchObject({
      parameters: { total: 2352 },
      model: { nEmbd: 12, vocabSize: 29 },
      training: { batchSize: 3, maxSteps: 2000 },
      data: { data: { path: '/books/letters.txt', sha256: '00ff' } },
      engine: 'cpu',
      domain: { name: 'letters', vocabSize: 29, files: { 'letters.json': 31 } },
      checkpoints: [
        { step: 10, validationLoss: 2.1, isBest: true },
        { step: 20, validationLoss: 2.2, isBest: false },
      ],
    });
    expect(summary.checkpoints[0].files['model.safetensors']).toBeGreaterThan(4 * 2352);
  });

  it('prints settings as flags', async () => {
    const path = join(folder, 'rotary');
    const ropeScaling = { kind: 'linear', factor: 2 } as const;
    await makeRun(path, lettersApp, { positions: 'rotary', ropeScaling, tiedHead: false });
    const text = await inspect('--model', path);
    expect(text).toMatch(/ --no-tied-head\s/);
    expect(text).toContain(` --rope-scaling '${JSON.stringify(ropeScaling)}'`);
    await makeRun(join(folder, 'tied'), lettersApp);
    expect(await inspect('--model', join(folder, 'tied'))).toMatch(/ --tied-head\s+--/);
  });

  it('prints a run as text', async () => {
    const text = await inspect('--model', join(folder, 'run'));
    expect(text).toMatch(/^total +2,352$/m);
    expect(text).toMatch(/^domain +letters, 29 tokens, fingerprint [\da-f]{16}$/m);
    expect(text).toMatch(/^model +--vocab-size 29 --context-length 8 --n-layer 1 /m);
    expect(text).toMatch(
      /^checkpoints +step 10, validation loss 2.1000, the best, whole, model.safetensors 11 kB/m,
    );
    expect(
      Math.max(
        ...text
          .split('\n')
          .slice(0, -3)
          .map(({ length }) => length),
      ),
    ).toBeLessThan(90);
  });

  it.each([
    [[], 'neither'],
    [['--model', 'run', '--n-layer', '2'], '--n-layer too'],
  ])('needs a run or a size: %j', async (words, got) => {
    expect(await inspect(...words)).toBe(
      `error: --model: expected a run, or settings such as --preset gpt2, got ${got}\n`,
    );
  });

  it('shows the tokens that the model reads of a prompt that its domain cuts', async () => {
    const path = join(folder, 'reversal');
    await makeRun(path, reversalApp);
    const words = ['reversal', 'inspect', '--model', path, '--json', '--prompt', 'abcdefghijkl'];
    const { stdout, stderr } = await runCommand(words);
    expect(stderr).toBe(
      'warning: prompt 1 has 13 tokens; cut to what a context of 8 has room for\n',
    );
    const { prompt } = JSON.parse(stdout) as { prompt: { tokens: unknown[] } };
    expect(prompt.tokens).toHaveLength(6); // three quarters of the context
  });

  it('refuses an impossible size', async () => {
    expect(await inspect('--preset', 'tiny', '--n-head', '3')).toBe(
      'error: --n-head: expected a divisor of --n-embd (8), got 3\n',
    );
  });
});

interface PromptJson {
  readonly tokens: { token: number; word: string }[];
  readonly steps: StepShape[];
  readonly scoreTable: Record<'scores' | 'masked' | 'weights', (number | null)[][]>;
  readonly attention: number[][][][];
  readonly cache: CacheStep[];
  readonly lens: LensReading[];
  readonly unmasked?: {
    readonly scoreTable: { readonly masked: (number | null)[][] };
    readonly tokens: readonly { readonly ahead: number }[];
  };
}

describe('inspect --prompt', () => {
  const model = (): string[] => ['--model', join(folder, 'run')];
  const study = async (...words: string[]): Promise<PromptJson> => {
    const json = await inspect(...model(), ...words, '--json');
    return (JSON.parse(json) as { prompt: PromptJson }).prompt;
  };

  it('reports every step, the scores, the attention, the cache and the lens', async () => {
    const { tokens, steps, scoreTable, attention, cache, lens } = await study('--prompt', 'ab c');
    expect(tokens.map(({ word }) => word)).toEqual(['a', 'b', ' ', 'c']);
    expect(steps).toContainEqual({ name: 'blocks.0.attention.weights', shape: [2, 4, 4] });
    expect(scoreTable.masked[1]).toEqual([...scoreTable.scores[1].slice(0, 2), null, null]);
    expect(attention[0].map((rows) => rows.length)).toEqual([4, 4]);
    for (const row of attention[0].flat()) {
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
    }
    expect(cache.map(({ held }) => held)).toEqual([1, 2, 3, 4]);
    expect(lens.map(({ blocks }) => blocks)).toEqual([0, 1]);
  });

  it('ends its lens with the probabilities of next', async () => {
    const { lens } = await study('--prompt', 'call m');
    const words = ['letters', 'next', ...model(), '--prompt', 'call m', '--json'];
    const { tokens } = JSON.parse((await runCommand(words)).stdout) as LensReading;
    expect(lens[1].tokens.map(({ word }) => word)).toEqual(tokens.map(({ word }) => word));
    tokens.forEach(({ logit }, i) => expect(lens[1].tokens[i].logit).toBeCloseTo(logit, 4));
  });

  it('shows the head that is named', async () => {
    const { scoreTable, attention } = await study('--prompt', 'abc', '--head', '1');
    expect(scoreTable).toMatchObject({ layer: 0, head: 1, weights: attention[0][1] });
  });

  it('prints pictures for people, of at most 80 columns', async () => {
    const text = await inspect(...model(), '--prompt', 'call me', '--layer', '0');
    expect(text.split('\n').filter((line) => /^=+$/.test(line))).toHaveLength(5);
    expect(text).toMatch(/^ {2}attention.qkv +7 x 36 +query, key and value side by side$/m);
    expect(text).toMatch(/^ {2}attention.scores +2 x 7 x 7 +query · key \/ sqrt\(head size\)$/m);
    expect(text).toMatch(/^head 1 {2}[·░▒▓█ ]+$/m);
    expect(text).toMatch(/^"e" +1 +6 +7 +672 bytes$/m);
    expect(text).toContain('Read 7 times a token; without the cache 28 times.');
    expect(text).toMatch(/^after block 0 +"\S" +[\d.]+ %/m);
    const widths = text.split('\n').map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  it('adds the distance to the formula of scores for relative attention', async () => {
    const path = join(folder, 'relative');
    await makeRun(path, lettersApp, { attention: 'relative' });
    const words = ['--model', path, '--prompt', 'call me'];
    expect(await inspect(...words)).toMatch(
      /^ {2}attention.scores +2 x 7 x 7 +\(query · key \+ distance\) \/ sqrt\(head size\)$/m,
    );
    const page = join(folder, 'relative.html');
    await inspect(...words, '--out', page);
    expect(await readFile(page, 'utf8')).toContain('(query · key + distance) / √(head size)<');
  });

  it('removes the mask, to show its effect', async () => {
    const words = ['--prompt', 'call me', '--unmasked'];
    const { unmasked, scoreTable } = await study(...words);
    expect(scoreTable.masked[0]).toContain(null);
    expect(unmasked?.scoreTable.masked.flat()).not.toContain(null);
    expect(unmasked?.tokens).toHaveLength(7);
    expect(unmasked?.tokens[0].ahead).toBeGreaterThan(0);
    const text = await inspect(...model(), ...words);
    expect(text).toContain('Without the mask\n================');
    expect(text).toMatch(/^"c" +[\d.]+ % +"\S" +[\d.]+ % +"\S" +[\d.]+ %$/m);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    const path = join(folder, 'unmasked.html');
    await inspect(...model(), ...words, '--out', path);
    expect(await readFile(path, 'utf8')).toContain('<h2>Without the mask</h2>');
    expect(await study('--prompt', 'call me')).not.toHaveProperty('unmasked');
    const sample = ['letters', 'sample', ...model(), '--unmasked'];
    expect((await runCommand(sample)).stderr).toContain(
      '--unmasked: expected in inspect alone, for study: a token that sees what comes later cannot write it',
    );
  });

  it('reads a prompt from a file, and an empty one as its domain does', async () => {
    const path = join(folder, 'prompt.txt');
    await writeFile(path, 'ab');
    expect((await study('--prompt-file', path)).tokens).toHaveLength(2);
    expect((await study('--prompt', '')).tokens).toEqual([{ token: 28, word: '<end>' }]);
  });

  it('writes a page without network requests', async () => {
    const path = join(folder, 'page.html');
    const words = [...model(), '--prompt', 'call me', '--out', path];
    expect(await inspect(...words)).toBe(`${path}\n`);
    expect(await inspect(...words, '--json')).toBe(`${JSON.stringify({ file: path })}\n`);
    const page = await readFile(path, 'utf8');
    expect(page).not.toMatch(/<script|(src|href)=["']|@import|url\(/);
    expect(page.match(/<svg/g)).toHaveLength(2); // a picture a head
    expect(page).toContain('<h2>The prompt: 7 tokens</h2>');
    expect(page).toContain('<td>2,352</td>');
  });

  it('writes a page of a size without a run', async () => {
    const path = join(folder, 'size.html');
    await inspect('--preset', 'gpt2', '--out', path);
    const page = await readFile(path, 'utf8');
    expect(page).toContain('<h1>A model of 124,439,808 parameters</h1>');
    expect(page).not.toContain('The prompt');
  });

  it.each([
    [['--prompt', 'a', '--layer', '1'], '--layer: expected an integer from 0 to 0, got 1'],
    [['--prompt', 'a', '--head', '2'], '--head: expected an integer from 0 to 1, got 2'],
    [['--prompt', 'a', '--head', '-1'], '--head: expected an integer of at least 0, got -1'],
    [['--unmasked'], '--unmasked: expected a prompt with it, got none'],
    [['--layer', '0'], '--layer: expected a prompt with it, got none'],
    [['--prompt', 'call me is'], '--prompt: expected 1 to 8 tokens (--context-length), got 10'],
    [['--prompt', 'A'], 'text: expected small letters, got A'],
    [
      ['--prompt', 'a', '--out', 'page.png'],
      '--out: expected a name that ends in .html, got page.png',
    ],
    [
      ['--prompt', 'a', '--out', `${THIS_FILE}/page.html`],
      `${THIS_FILE}/page.html: expected a folder, got a file`,
    ],
  ])('refuses unusable input: %j', async (words, message) => {
    expect(await inspect(...model(), ...words)).toBe(`error: ${message}\n`);
  });

  it('needs a run for a prompt', async () => {
    expect(await inspect('--preset', 'gpt2', '--prompt', 'a')).toBe(
      'error: --prompt: expected a run (--model) to read the prompt, got none\n',
    );
  });

  it('refuses to write JSON that is too large to open', async () => {
    const path = join(folder, 'wide');
    await makeRun(path, lettersApp, { contextLength: 1024, nHead: 12 });
    expect(await inspect('--model', path, '--prompt', 'a'.repeat(840), '--json')).toBe(
      'error: --prompt: expected at most 836 tokens with --json, so that the attention of 1 x 12 heads fits, got 840\n',
    );
  });
});
