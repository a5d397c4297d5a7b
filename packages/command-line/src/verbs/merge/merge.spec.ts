import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const { RAMBLE_CACHE } = process.env;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-merge-'));
  process.env.RAMBLE_CACHE = at('cache');
  await makeRun(at('base'), lettersApp);
  await writeFile(
    at('whale.txt'),
    'call me ishmael some years ago never mind how long\n'.repeat(8),
  );
  await tune('tuned', ['--max-steps', '6']);
});
afterAll(async () => {
  if (RAMBLE_CACHE === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = RAMBLE_CACHE;
  await rm(folder, { recursive: true });
});

const PACE = ['--batch-size', '2', '--eval-interval', '3', '--schedule', 'constant'];

function tune(name: string, words: readonly string[], base = 'base'): Promise<Outcome> {
  const data = ['--data', at('whale.txt'), '--init-from', at(base)];
  const lora = ['--lora-rank', '2', '--learning-rate', '0.05', '--lora-dropout', '0.1'];
  return runCommand(['letters', 'train', ...data, '--out', at(name), ...lora, ...PACE, ...words]);
}

const run = (verb: string, name: string, words: readonly string[] = []): Promise<Outcome> =>
  runCommand(['letters', verb, '--model', at(name), ...words]);
const SEED = ['--seed', '7', '--max-tokens', '30'];
const checkpoint = (name: string, file = 'model.safetensors'): Promise<Buffer> =>
  readFile(at(`${name}/checkpoints/00000006/${file}`));

describe('adapters in a run', () => {
  it('are all that its checkpoints have, and the run names its base with its hash', async () => {
    const json = JSON.parse(await readFile(at('tuned/run.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(json).toMatchObject({
      training: { loraRank: 2, loraAlpha: 32, loraTargets: 'all', sequenceLength: 512 },
      origin: {
        kind: 'run',
        path: at('base'),
        step: 10,
        sha256: expect.stringMatching(/^\w{64}$/) as string,
      },
    });
    const header = (await checkpoint('tuned')).toString('latin1');
    expect(header).toContain('blocks.0.attention.qkv.lora.down.weight');
    expect(header).not.toContain('tokenEmbedding');
  });

  it('learn, and the model under them stays the same', async () => {
    const base = await readFile(at('base/checkpoints/00000010/model.safetensors'));
    const { stderr } = await tune('again', ['--max-steps', '6']);
    const losses = Array.from(stderr.matchAll(/validation loss (\d\.\d+)/g), ([, loss]) =>
      Number(loss),
    );
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(await readFile(at('base/checkpoints/00000010/model.safetensors'))).toEqual(base);
    expect(await checkpoint('again')).toEqual(await checkpoint('tuned'));
  });

  it('are resumed to the same bytes', async () => {
    await tune('parts', ['--max-steps', '3']);
    const out = ['--out', at('parts'), '--resume', '--max-steps', '6'];
    expect(await runCommand(['letters', 'train', ...out])).toMatchObject({ status: 0 });
    for (const file of ['model.safetensors', 'training.safetensors']) {
      expect(await checkpoint('parts', file)).toEqual(await checkpoint('tuned', file));
    }
  });

  it('are found with a base that was moved together with the run', async () => {
    await cp(at('tuned'), at('elsewhere/tuned'), { recursive: true });
    await cp(at('base'), at('elsewhere/base'), { recursive: true });
    await rename(at('base'), at('away'));
    try {
      const [here, there] = [await run('sample', 'tuned'), await run('sample', 'elsewhere/tuned')];
      expect(there.status).toBe(0);
      expect(here.stderr).toBe(
        `error: ${at('base')}: expected a run with a run.json, got none; ` +
          `it is the model under the adapters of ${at('tuned')}; put it back from a copy\n`,
      );
    } finally {
      await rename(at('away'), at('base'));
    }
  });

  it('refuse another base at the same path', async () => {
    await cp(at('base'), at('kept'), { recursive: true });
    await rm(at('base'), { recursive: true });
    await makeRun(at('base'), lettersApp, {}, 19);
    const { stderr } = await run('sample', 'tuned');
    await rm(at('base'), { recursive: true });
    await rename(at('kept'), at('base'));
    expect(stderr).toMatch(
      /^error: .*base\/checkpoints\/00000010\/model\.safetensors: expected the SHA-256 \w{64}, because it is the model under the adapters of .*tuned, got \w{64}\n$/,
    );
  });

  it.each([
    [
      ['--context-length', '6'],
      /--init-from: expected its context length, 8, under adapters, got 6; give --sequence-length for shorter/,
    ],
    [
      ['--lora-targets', 'gate'],
      /--lora-targets: expected layers that the model has, got gate; all names all of them/,
    ],
    [
      ['--second-target', '1'],
      /--second-target: expected 0 with LoRA, whose base has no second head/,
    ],
    [
      ['--lora-rank', '-1'],
      /--lora-rank: expected an integer of at least 0 and at most 4096, got -1/,
    ],
  ])('refuse %j', async (words, message) => {
    const { status, stderr } = await tune('refused', words);
    expect([status === 0, stderr]).toEqual([false, expect.stringMatching(message)]);
    expect((await readdir(folder)).includes('refused') ? await readdir(at('refused')) : []).toEqual(
      [],
    );
  });

  it('need a model under them', async () => {
    const words = ['--data', at('whale.txt'), '--out', at('new'), '--lora-rank', '2'];
    expect((await runCommand(['letters', 'train', ...words])).stderr).toContain(
      '--lora-rank: adapters need a model under them; name it with --init-from',
    );
    expect((await tune('second', ['--max-steps', '3'], 'tuned')).stderr).toContain(
      'model: expected one without adapters, got one with adapters; merge them first',
    );
  });
});

describe('serve --adapter', () => {
  it('answers with the model, or with the adapters that a request names', async () => {
    const answers: Record<string, string> = {};
    const ask = async (url: string, model: string): Promise<void> => {
      const response = await fetch(`${url}/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, prompt: 'call', max_tokens: 20, temperature: 0 }),
      });
      answers[model] = ((await response.json()) as { choices: { text: string }[] }).choices[0].text;
    };
    const lines: string[] = [];
    const words = ['--model', at('base'), '--adapter', `whale=${at('tuned')}`, '--port', '0'];
    let asked: Promise<unknown> | undefined;
    const { status } = await runCommand(['serve', ...words], {
      onPrint: (line) => lines.push(line),
      onNote: (line, interrupt) => {
        if (!line.startsWith('serving base')) return;
        const url = lines[0].trim();
        asked = Promise.all(['base', 'whale'].map((name) => ask(url, name))).finally(interrupt);
      },
    });
    await asked;
    expect(status).toBe(0);
    const greedy = ['--prompt', 'call', '--max-tokens', '20', '--temperature', '0'];
    for (const [model, name] of [
      ['base', 'base'],
      ['whale', 'tuned'],
    ]) {
      expect((await run('sample', name, greedy)).stdout.trim()).toBe(
        `call${answers[model]}`.trim(),
      );
    }
    expect(answers.whale).not.toBe(answers.base);
  });

  it.each([
    ['whale', '--adapter: expected name=RUN, got whale'],
    ['base=tuned', '--adapter: expected a name for each model, got base twice'],
    ['whale=base', 'base: expected a run with adapters, got one without'],
  ])('refuses %s', async (word, message) => {
    const words = [
      '--model',
      at('base'),
      '--adapter',
      word.replace(/=(.*)/, (_, name: string) => `=${at(name)}`),
    ];
    expect((await runCommand(['serve', ...words, '--port', '0'])).stderr).toContain(message);
  });

  it('refuses adapters of another model', async () => {
    await makeRun(at('other'), lettersApp, {}, 19);
    const words = ['--model', at('other'), '--adapter', `whale=${at('tuned')}`, '--port', '0'];
    expect((await runCommand(['serve', ...words])).stderr).toContain(
      `${at('tuned')}: expected adapters of ${at('other')}, got adapters of ${at('base')}`,
    );
  });
});

describe('merge', () => {
  it('makes an ordinary run with the same outputs', async () => {
    const merged = await run('merge', 'tuned', [
      '--out',
      at('merged'),
      '--weights',
      'f32',
      '--json',
    ]);
    expect(JSON.parse(merged.stdout)).toEqual({ run: at('merged'), step: 6 });
    const outputs = [await run('sample', 'tuned', SEED), await run('sample', 'merged', SEED)];
    expect(outputs[1].stdout).toBe(outputs[0].stdout);
    expect((await run('sample', 'base', SEED)).stdout).not.toBe(outputs[0].stdout);
    expect(await tune('onward', ['--max-steps', '3'], 'merged')).toMatchObject({ status: 0 });
  });

  it('refuses a run without adapters', async () => {
    const { stderr } = await run('merge', 'base', ['--out', at('none')]);
    expect(stderr).toContain(
      `--model: expected a run with adapters (train --lora-rank), got ${at('base')}, which has none`,
    );
  });
});
