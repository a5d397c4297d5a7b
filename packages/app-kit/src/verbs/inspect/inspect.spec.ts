import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ModelConfig, ParameterTally } from '@ramble/core';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { runCommand } from '../../../test/run-command.js';
import type { RunSummary } from './run-lines.js';

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

  it('tells what a run says of itself', async () => {
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

  it('prints a run for people', async () => {
    const text = await inspect('--model', join(folder, 'run'));
    expect(text).toMatch(/^total +2,352$/m);
    expect(text).toMatch(/^domain +letters, 29 tokens, fingerprint [\da-f]{16}$/m);
    expect(text).toMatch(/^model +--vocab-size 29 --context-length 8 --n-layer 1 /m);
    expect(text).toMatch(
      /^checkpoints +step 10, validation loss 2.1000, the best, model.safetensors 11 kB/m,
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

  it('refuses a size that cannot be', async () => {
    expect(await inspect('--preset', 'tiny', '--n-head', '3')).toBe(
      'error: --n-head: expected a divisor of --n-embd (8), got 3\n',
    );
  });
});
