import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { BIN, type Ended, startRamble } from '../test/start-ramble.js';

/** The domain of docs/add-a-domain.md, as a file by itself, in a folder without packages. */
const PAGE = new URL('../../../docs/add-a-domain.md', import.meta.url);

let folder: string;
const at = (path: string): string => join(folder, path);
const ramble = (...words: string[]): Promise<Ended> => startRamble(words, { stdin: '' });

/** Runs a command, expects success, and returns its standard output. */
async function succeed(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await ramble(...words);
  expect([status, /error.*/.exec(stderr)]).toEqual([0, null]);
  return stdout;
}

/** Starts a server, sends it a request, and ends it as Ctrl-C does. @returns its exit status. */
async function askServer(
  words: readonly string[],
  ask: (url: string) => Promise<void>,
): Promise<number | null> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [BIN, ...words], { env });
  const ended = once(child, 'close') as Promise<[number | null]>;
  try {
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    await ask(line.trim());
  } finally {
    child.kill('SIGINT');
  }
  const [status] = await ended;
  return status;
}

let dna: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-own-'));
  const [, module] = /^```js\n(.*?)^```$/ms.exec(await readFile(PAGE, 'utf8'))!;
  dna = at('dna.mjs');
  await writeFile(dna, module);
  await writeFile(at('dna.txt'), 'ACGTACGTTTGA\nGGCATTA\n'.repeat(60));
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];
  await succeed(
    ...[dna, 'train', '--data', at('dna.txt'), '--out', at('run'), '--max-steps', '60'],
    ...[...size, '--learning-rate', '0.01'],
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('the built ramble, with the domain of a file outside', () => {
  it('samples, evaluates and scores', async () => {
    const model = ['--model', at('run')];
    const sampled = await succeed(dna, 'sample', ...model, '--count', '3', '--json');
    const texts = sampled
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^[ACGTN]*$/) as string),
    );
    const evaluated = await succeed(dna, 'evaluate', ...model, '--data', at('dna.txt'), '--json');
    expect((JSON.parse(evaluated) as { loss: number }).loss).toBeLessThan(Math.log(6));
    const score = ['score', ...model, '--output', 'ACGTAC', '--json'];
    expect(JSON.parse(await succeed(dna, ...score))).toMatchObject({
      tokens: Array.from('ACGTAC', (word) => expect.objectContaining({ word }) as object).concat(
        expect.objectContaining({ word: '<end>' }) as object,
      ),
    });
  });

  it('passes the contract test of the page, with a grammar', async () => {
    const blocks = Array.from((await readFile(PAGE, 'utf8')).matchAll(/^```js\n(.*?)^```$/gms));
    const [codons, test] = ['./dna.mjs', './codons.mjs'].map((path) =>
      blocks.map(([, code]) => code).find((code) => code.includes(`'${path}'`))!,
    );
    await writeFile(at('codons.mjs'), codons);
    await writeFile(at('codons.test.mjs'), test);
    await symlink(new URL('../../../node_modules', import.meta.url), at('node_modules'));
    const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined };
    const words = ['--test', '--test-reporter', 'tap', 'codons.test.mjs'];
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd: folder, env });
    expect(stdout).toContain('# fail 0');
    expect(stdout).toContain('has no grammar that leads nowhere');
    await rm(at('node_modules'));
  });

  it('reports a module that awaits a promise that never settles', async () => {
    await writeFile(at('waits.mjs'), 'await new Promise(() => {});\nexport default {};\n');
    expect(await ramble(at('waits.mjs'), 'encode', 'GA')).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        'error: expected an end, got a promise that never settles; a domain of your own may await one\n',
    });
  });

  it("encodes and decodes without a run, and shows next tokens and a run's description", async () => {
    const model = ['--model', at('run')];
    expect(await succeed(dna, 'encode', 'GA', '--json')).toBe(
      '{"tokens":[5,2,0],"words":["<end>","G","A"]}\n',
    );
    expect(await succeed(dna, 'decode', '2', '0')).toBe('GA');
    expect(await succeed(dna, 'next', ...model, '--prompt', 'ACG')).toContain('T');
    expect(await succeed(dna, 'inspect', ...model)).toContain('dna');
  });

  it("keeps the domain's data in the run, and no code", async () => {
    expect(await readdir(at('run/domain'))).toEqual(['dna.json']);
    const { domain } = JSON.parse(await readFile(at('run/run.json'), 'utf8')) as {
      domain: object;
    };
    expect(domain).toEqual({
      name: 'dna',
      options: {},
      fingerprint: expect.stringMatching(/^[\da-f]{16}$/) as string,
    });
  });

  it('prints one line for each output if an output is a line', async () => {
    const model = ['--model', at('run'), '--max-new-tokens', '12', '--seed', '3'];
    const lines = (await succeed(dna, 'sample', ...model, '--count', '40')).split('\n');
    expect(lines).toHaveLength(40 + 1);
    expect(lines.join('')).toMatch(/^[ACGTN]+$/);
  });

  it('compares samples with the data by the statistics of the page', async () => {
    const words = ['--model', at('run'), '--data', at('dna.txt'), '--samples', '5', '--json'];
    const { statistics } = JSON.parse(await succeed(dna, 'evaluate', ...words)) as {
      statistics: { data: object };
    };
    expect(statistics.data).toEqual([{ name: 'letters', value: 9.5 }]);
  });

  it("keeps to the grammar of the page's second domain", async () => {
    const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```js\n(.*?)^```$/gms)];
    const codons = at('codons.mjs');
    await writeFile(codons, blocks[1][1]);
    await writeFile(at('genes.txt'), 'ACGTACGTTTGA\nGGCATTACG\nACG\n'.repeat(60));
    const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '40'];
    const train = ['train', '--data', at('genes.txt'), '--out', at('genes'), '--max-steps', '20'];
    await succeed(codons, ...train, ...size);
    const sample = ['sample', '--model', at('genes'), '--count', '40', '--seed', '1'];
    const genes = (await succeed(codons, ...sample)).trim().split('\n');
    expect(genes).toHaveLength(40);
    for (const gene of genes) expect(gene).toMatch(/^([ACGTN]{3}){1,10}$/);
    const free = (await succeed(codons, ...sample, '--no-grammar')).trim().split('\n');
    expect(free.some((gene) => gene.length % 3 !== 0)).toBe(true);
    const other = ['train', '--data', at('dna.txt'), '--out', at('none'), ...size];
    expect((await ramble(codons, ...other)).stderr).toContain(
      'grammar of "GGCATTA": expected every',
    );
  });

  it('is explored, with the module before the verb or after --domain', async () => {
    const model = ['--model', at('run'), '--port', '0', '--no-open'];
    for (const words of [
      [dna, 'explore', ...model],
      ['explore', '--domain', dna, ...model],
    ]) {
      let models: unknown;
      const status = await askServer(words, async (page) => {
        const { hash, origin } = new URL(page);
        const token = decodeURIComponent(hash.replace('#token=', ''));
        const headers = { authorization: `Bearer ${token}` };
        models = await (await fetch(`${origin}/v1/models`, { headers })).json();
      });
      expect(status).toBe(0);
      expect(models).toMatchObject({ data: [{ id: 'run' }] });
    }
  });

  it('is served', async () => {
    const model = ['--model', at('run'), '--port', '0'];
    for (const words of [
      [dna, 'serve', ...model],
      ['serve', '--domain', dna, ...model],
    ]) {
      const answers: unknown[] = [];
      const status = await askServer(words, async (url) => {
        for (const prompt of ['ACG', 'ACX']) {
          const response = await fetch(`${url}/completions`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ prompt, max_tokens: 5, n: 2, seed: 3 }),
          });
          answers.push([response.status, await response.json()]);
        }
      });
      expect(status).toBe(0);
      const text = expect.stringMatching(/^[ACGTN]{0,5}$/) as string;
      expect(answers).toEqual([
        [
          200,
          expect.objectContaining({
            model: 'run',
            choices: [0, 1].map((index) => expect.objectContaining({ index, text }) as object),
          }),
        ],
        [
          400,
          {
            error: expect.objectContaining({
              message: `prompt: ${dna}: encodePrompt of "ACX": sequence: expected letters of ACGTN, got X`,
            }) as object,
          },
        ],
      ]);
    }
  });

  it("reads tables, has defaults and writes without a model, as the page's third domain", async () => {
    const blocks = [...(await readFile(PAGE, 'utf8')).matchAll(/^```js\n(.*?)^```$/gms)];
    const strands = at('strands.mjs');
    await writeFile(strands, blocks[2][1]);
    const rows = 'ACGTACGTTTGA\nGGCATTA\n'.repeat(60).trim().split('\n');
    for (const column of ['read', 'seq']) {
      await writeFile(
        at(`${column}.csv`),
        `id,${column}\n${rows.map((row, i) => `${i},${row}\n`).join('')}`,
      );
    }
    const lines = rows.map((sequence) => JSON.stringify({ sequence })).join('\n');
    await writeFile(at('strands.jsonl'), lines);
    const losses: number[] = [];
    for (const [i, words] of [
      [at('read.csv'), '--fields', 'read'],
      [at('seq.csv')],
      [at('strands.jsonl')],
      [at('dna.txt')],
    ].entries()) {
      const run = at(`strands-${i}`);
      const train = ['train', '--out', run, '--max-steps', '3', '--json', '--data'];
      const report = JSON.parse(await succeed(strands, ...train, ...words)) as {
        validationLoss: number;
      };
      losses.push(report.validationLoss);
      const { model } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as {
        model: object;
      };
      expect(model).toMatchObject({ contextLength: 32, nLayer: 1, nHead: 2, nEmbd: 16 });
    }
    expect(losses).toEqual(losses.map(() => losses[0])); // of the same examples
    const write = [strands, 'sample', '--method', 'complement', '--prompt', 'ACGG'];
    expect(await succeed(...write)).toBe('TGCC\n');
    expect(await succeed(...write, '--reversed')).toBe('CCGT\n');
  });

  it('prints the command with the module if the command names no domain', async () => {
    expect((await ramble('sample', '--model', at('run'))).stderr).toBe(
      `error: sample: expected a domain before the verb, got none; ${at('run')} is of the domain dna; ` +
        `name the module that it was trained with: npx ramble ./dna.js sample --model ${at('run')}\n`,
    );
    expect((await ramble('serve', '--model', at('run'))).stderr).toBe(
      'error: --domain: expected the app of dna, which does not come with ramble, got none; ' +
        `name the module that it was trained with: npx ramble ./dna.js serve --model ${at('run')}\n`,
    );
  });

  it.each([
    [
      'syntax.mjs',
      'export default {',
      /expected a module that loads, got SyntaxError: .* \(node .*syntax\.mjs shows where\)/,
    ],
    ['throws.mjs', '\n\nnull.x;', /expected a module that loads, got TypeError: .* \(line 3\)/],
    ['lost.mjs', "import 'nowhere-to-be-found';", /Cannot find package 'nowhere-to-be-found'/],
    [
      'cjs.cjs',
      'module.exports = 3;',
      /expected a module whose default export is an App of @ramble\/core, got 3/,
    ],
  ])('refuses %s', async (name, content, complaint) => {
    await writeFile(at(name), content);
    const { stdout, stderr } = await ramble(at(name), 'train');
    expect([stdout, stderr]).toEqual(['', expect.stringMatching(complaint)]);
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
  });

  it('reads TypeScript where Node does', async () => {
    await writeFile(
      at('dna.ts'),
      `${await readFile(dna, 'utf8')}\nexport type Letters = string;\n`,
    );
    await writeFile(at('package.json'), '{ "type": "module" }');
    const { status, stderr } = await ramble(at('dna.ts'), 'encode', 'GA');
    const { typescript } = process.features as { typescript?: unknown }; // since Node 22.10
    if (typescript) expect(status).toBe(0);
    else expect(stderr).toContain('dna.ts: expected JavaScript, or a Node that reads TypeScript');
  });

  it('refuses a package that cannot be required', async () => {
    const home = at('node_modules/ramble-dice');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'index.mjs'), '');
    await writeFile(join(home, 'package.json'), '{ "exports": { "import": "./index.mjs" } }');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect((await ramble('ramble-dice', 'train')).stderr).toBe(
        'error: ramble-dice: expected a package whose exports name its module under "default", got none\n',
      );
    } finally {
      process.chdir(before);
    }
  });
});
