import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeRun } from '../../test/make-run.js';
import { type Outcome, runCommand } from '../../test/run-command.js';
import { tunesApp } from '../../test/tunes-app.js';

const TUNES = ['abcdefgabcdefg', 'cccccccc', 'gfedcb', 'abababababab', 'edcdeeeddd', 'aab'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-pieces-'));
  await makeRun(join(folder, 'run'), tunesApp);
  await mkdir(join(folder, 'tunes'));
  for (const [i, tune] of TUNES.entries()) await write(`tunes/${i}.tune`, tune);
});
afterAll(() => rm(folder, { recursive: true }));

const at = (path: string): string => join(folder, path);
const write = (path: string, text: string): Promise<void> => writeFile(at(path), text);
const tunes = (...words: string[]): Promise<Outcome> => runCommand(['tunes', ...words]);

describe('train, on pieces,', () => {
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '8', '--context-length', '4'];
  const train = (data: string[], out: string, ...words: string[]): Promise<Outcome> =>
    tunes('train', '--data', ...data, '--out', at(out), ...size, '--max-steps', '2', ...words);

  it('trains on some, validates on others, and leaves out bad pieces and duplicates', async () => {
    await write('empty.tune', '');
    await write('twice.tune', TUNES[2]);
    await write('wrong.tune', 'xyz');
    const data = ['tunes', 'empty.tune', 'twice.tune', 'wrong.tune'].map(at);
    const { stderr, status } = await train(data, 'mixed');
    const empty = `left out: ${at('empty.tune')}: expected a tune, got none`;
    expect(stderr.split(empty)).toHaveLength(2); // reported once
    expect(stderr).toContain('left out: tune: expected letters from a to h, got x');
    expect(stderr).toContain('left out: 1 of 8 pieces, a duplicate');
    expect(stderr).toMatch(
      /5 pieces of \d+ tokens to train on, 1 piece of \d+ tokens to validate on, 3 left out/,
    );
    expect(status).toBe(0);
  });

  it('holds out the same pieces, whatever their order', async () => {
    const summary = async (data: string[], out: string): Promise<string> =>
      /(\d+) tokens to validate/.exec((await train(data, out)).stderr)![1];
    const files = TUNES.map((_, i) => at(`tunes/${i}.tune`));
    expect(await summary(files.slice().reverse(), 'one')).toBe(await summary(files, 'other'));
  });

  it('refuses to validate on a training piece', async () => {
    const { stderr, status } = await train([at('tunes')], 'refused', '--valid', at('tunes/1.tune'));
    expect(stderr).toContain(
      'valid: expected pieces that are not among the training data, got 1 of 1 that are',
    );
    expect(status).toBe(2);
  });

  it('needs two pieces, and at least one', async () => {
    const { stderr } = await train([at('tunes/0.tune')], 'single');
    expect(stderr).toContain('data: expected at least 2 pieces, one of them for validation, got 1');
    await write('nothing.tune', '');
    await write('strange.tune', 'xyz');
    const { stderr: none } = await train(['nothing.tune', 'strange.tune'].map(at), 'none');
    const why = `left out 2, the first: ${at('nothing.tune')}: expected a tune, got none`;
    expect(none).toContain(`--data: expected at least one piece, got none; ${why}\n`);
    const valid = ['--valid', at('nothing.tune')];
    const { stderr: notValid } = await train([at('tunes')], 'none', ...valid);
    expect(notValid).toContain('error: --valid: expected at least one piece, got none; left out 1');
  });
});

describe('evaluate, on pieces,', () => {
  const evaluate = (...words: string[]): Promise<Outcome> =>
    tunes('evaluate', '--model', at('run'), '--data', at('tunes'), ...words);
  const json = async (...words: string[]): Promise<Record<string, number>> =>
    JSON.parse((await evaluate('--json', ...words)).stdout) as Record<string, number>;

  it('counts all tokens of all pieces, an end too, in windows within a piece', async () => {
    const letters = TUNES.join('').length;
    const { loss, tokens, natsPerNote, natsPerSecond, stride } = await json();
    expect(tokens).toBe(letters + TUNES.length);
    expect(natsPerNote).toBeCloseTo((loss * tokens) / letters, 9);
    expect(natsPerSecond).toBeCloseTo(2 * natsPerNote, 9);
    expect(stride).toBe(8);
    const score = await tunes(
      'score',
      '--model',
      at('run'),
      '--data',
      at('tunes/5.tune'),
      '--json',
    );
    const alone = JSON.parse(
      (await tunes('evaluate', '--model', at('run'), '--data', at('tunes/5.tune'), '--json'))
        .stdout,
    ) as { loss: number };
    const { logProbability } = JSON.parse(score.stdout) as { logProbability: number };
    expect(alone.loss).toBeCloseTo(-logProbability / 4, 5);
    expect((await json('--stride', '2')).tokens).toBe(tokens);
  });

  it('names the flag whose data has no piece', async () => {
    await write('strange.tune', 'xyz');
    expect(await evaluate('--train-data', at('strange.tune'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(
        'error: --train-data: expected at least one piece, got none',
      ) as string,
    });
  });

  it("shows statistics of samples next to the data's", async () => {
    const { stdout } = await evaluate('--samples', '3');
    expect(stdout).toMatch(/ +samples +data +nine of ten have\n/);
    expect(stdout).toMatch(/letters +\d+\.\d{3} +8\.833 +\d+\.\d{3} to \d+\.\d{3}\n/);
    expect(stdout).toMatch(/which\s+a +\d+\.0 % +300\.0 % +0\.0 % to 100\.0 %\n/);
    expect(stdout).toMatch(/h at the end +300\.0 % /); // by the app's output rules
  });

  it('draws the statistics of samples and data on a page, with samples of the requested length', async () => {
    const words = ['--samples', '3', '--sample-tokens', '5', '--out', at('samples.html')];
    const { status, stdout } = await evaluate(...words);
    expect(status).toBe(0);
    expect(stdout).toMatch(/letters +[1-5]\.\d{3} +8\.833/);
    const page = await readFile(at('samples.html'), 'utf8');
    expect(page).toMatch(/<td>letters<\/td><td>[1-5]\.\d{3}<\/td><td>8\.833<\/td>/);
    expect(page).toContain('<h3>which</h3>');
    expect(page.match(/<svg/g)).toHaveLength(2);
    for (const [flag, value] of [
      ['--sample-tokens', '5'],
      ['--out', at('none.html')],
    ]) {
      expect(await evaluate(flag, value)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`${flag}: expected --samples with it, got none`) as string,
      });
    }
  });

  it('names the missing part of an app without statistics', async () => {
    const words = ['evaluate', '--model', at('run'), '--data', at('tunes'), '--samples', '1'];
    expect((await runCommand(['letters', ...words])).stderr).toContain(
      'error: --samples: expected an app with statistics(outputs), got ramble letters without it; ' +
        "statistics describe outputs, so that samples can be compared with the data: [{ name: 'letters', value: 12.5 }]\n",
    );
  });
});

describe('decode, of a file with a piece,', () => {
  it('writes the piece as another kind of file, with the parts that tokens lack', async () => {
    const out = at('decoded.parts');
    expect(await tunes('decode', at('tunes/2.tune'), '--out', out)).toEqual({
      status: 0,
      stdout: `${out}\n`,
      stderr: '',
    });
    expect(await readFile(out, 'utf8')).toBe('gfedcb|');
  });

  it('names the file that is missing, empty or without a piece', async () => {
    await write('blank.tune', '');
    await write('other.tune', 'xyz');
    const errorOf = async (name: string): Promise<string> =>
      (await tunes('decode', at(name))).stderr.replace(at('/'), '');
    expect(await errorOf('none.tune')).toMatch(/^error: none.tune: /);
    expect(await errorOf('blank.tune')).toBe(
      'error: blank.tune: expected a piece, got an empty file\n',
    );
    expect(await errorOf('other.tune')).toBe(
      'error: other.tune: expected letters from a to h, got x\n',
    );
  });
});

describe('sample, of pieces,', () => {
  const sample = (...words: string[]): Promise<Outcome> =>
    tunes('sample', '--model', at('run'), '--seed', '1', ...words);
  const written = (path: string): Promise<string> => readFile(at(path), 'utf8');

  it("continues a file or its beginning, and writes both, by the app's rules", async () => {
    await sample('--opening', at('tunes/0.tune'), '--letters', 'ab', '--out', at('whole.tune'));
    expect(await written('whole.tune')).toMatch(/^abcdefgabcdefg[ab]{4}h$/);
    const part = ['--opening-letters', '2', '--prompt-file', at('tunes/2.tune')];
    await sample(...part, '--letters', 'c', '--max-new-tokens', '3', '--out', at('part.tune'));
    expect(await written('part.tune')).toBe('gfcch');
    const { stdout } = await sample(
      '--opening',
      at('tunes/5.tune'),
      '--out',
      at('x.tune'),
      '--json',
    );
    expect((JSON.parse(stdout) as { tokens: number[] }).tokens).toHaveLength(5);
  });

  it('shows an output with its prompt, which may contain text without a token', async () => {
    const [out, prompts] = [at('both.parts'), ['0', '2'].map((i) => at(`tunes/${i}.tune`))];
    const files = prompts.flatMap((file) => ['--prompt-file', file]);
    await sample(...files, '--letters', 'c', '--max-new-tokens', '2', '--out', out);
    const written = await Promise.all(
      ['both-1.parts', 'both-2.parts'].map((name) => readFile(at(name), 'utf8')),
    );
    expect(written).toEqual(['abcdefgabcdefg|ch', 'gfedcb|ch']);
  });

  it('samples only from the model without a grammar', async () => {
    await sample('--no-grammar', '--out', at('free.tune'));
    expect(await written('free.tune')).toMatch(/^[a-h]{5}(?<!h)$/);
  });

  it('refuses a rule of a grammar together with --no-grammar', async () => {
    expect(await sample('--no-grammar', '--letters', 'c')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: --letters: expected the grammar with it, got --no-grammar\n',
    });
  });

  it('writes the requested kind of file, and lists the available kinds', async () => {
    await sample('--letters', 'b', '--out', at('out.txt'));
    expect(await written('out.txt')).toBe('bbbbh\n');
    const { stderr, status } = await sample('--out', at('out.wav'));
    expect(stderr).toContain(
      `--out: expected a name that ends in .tune, .txt or .parts, got ${at('out.wav')}`,
    );
    expect(status).toBe(2);
  });

  it("shows the defaults of the app's rules in its help", async () => {
    const help = (await sample('--help')).stdout.replace(/\s+/g, ' ');
    expect(help).toMatch(/--max-new-tokens <n> [^-]*\(default: 5\)/);
  });

  it('takes a prompt from one place', async () => {
    const both = await sample('--opening', 'a.tune', '--prompt', 'abc');
    expect(both.stderr).toContain('--opening: expected the prompt once, got --prompt too');
    const two = await sample('--opening', 'a.tune', '--theme', 'b.tune');
    expect(two.stderr).toContain('--theme: expected the prompt once, got --opening too');
    const files = await sample('--opening', 'a.tune', '--prompt-file', 'b.tune');
    expect(files.stderr).toContain('--opening: expected the prompt once, got --prompt-file too');
  });
});

describe('encode, decode, next and inspect, of pieces,', () => {
  it('encode shows only the tokens of a file, and the tokens of an example with its ends', async () => {
    const { stdout } = await tunes('encode', at('tunes/5.tune'), '--json');
    expect(JSON.parse(stdout)).toEqual({ tokens: [0, 0, 1], words: ['a', 'a', 'b'] });
    const data = await tunes('encode', '--data', at('tunes/5.tune'), '--json');
    expect((JSON.parse(data.stdout) as { tokens: number[] }).tokens).toEqual([8, 0, 0, 1, 8]);
  });

  it('encode leaves out bad files among several, as training does, and refuses a single one', async () => {
    await write('bare.tune', '');
    await write('odd.tune', 'xyz');
    const encode = (...names: string[]): Promise<Outcome> =>
      tunes('encode', '--json', '--data', ...names.map(at));
    const several = await encode('bare.tune', 'tunes/5.tune', 'odd.tune');
    expect(several).toEqual({
      status: 0,
      stdout: '{"tokens":[8,0,0,1,8],"words":["<end>","a","a","b","<end>"]}\n',
      stderr:
        `warning: left out: ${at('bare.tune')}: expected a tune, got none\n` +
        'warning: left out: tune: expected letters from a to h, got x\n' +
        '2 left out\n',
    });
    const bare = `${at('bare.tune')}: expected a tune, got none`;
    expect(await encode('bare.tune')).toMatchObject({ status: 1, stderr: `error: ${bare}\n` });
    expect(await encode('bare.tune', 'odd.tune')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('error: --data: expected examples, got none of 2') as string,
    });
  });

  it('decode writes the requested kind of file', async () => {
    await tunes('decode', '0', '1', '--out', at('two.txt'));
    expect(await readFile(at('two.txt'), 'utf8')).toBe('ab\n');
    const { stderr } = await tunes('decode', '0', '--out', at('two.mp3'));
    expect(stderr).toContain('--out: expected a name that ends in .tune, .txt or .parts');
  });

  it.each([
    ['encode', [], []],
    ['next', ['--model', 'run'], ['--prompt-file']],
    ['next', ['--model', 'run'], ['--theme']],
    ['inspect', ['--model', 'run'], ['--opening']],
    ['sample', ['--model', 'run', '--count', '2', '--out', 'told.txt'], ['--opening']],
    ['sample', ['--model', 'run', '--out', 'told.txt'], ['--prompt-lines']],
  ])('%s reports the error in a prompt once: %j %j', async (verb, about, flag) => {
    await write('loud.tune', 'AAB\n');
    const given = about.map((word) => (/^(run|told)/.test(word) ? at(word) : word));
    const { stderr, status } = await tunes(verb, ...given, ...flag, at('loud.tune'));
    const place = flag[0] === '--prompt-lines' ? ':1' : '';
    const warning = `warning: repaired: ${at('loud.tune')}${place}: expected small letters, got capitals`;
    expect([status, stderr.split(`${warning}\n`).length - 1]).toEqual([0, 1]);
  });

  it('next reports the error in a typed prompt', async () => {
    const { stderr } = await tunes('next', '--model', at('run'), '--prompt', 'AAB');
    expect(stderr).toBe('warning: repaired: prompt: expected small letters, got capitals\n');
  });

  it('next continues a file', async () => {
    const next = async (...words: string[]): Promise<string> =>
      (await tunes('next', '--model', at('run'), '--json', ...words)).stdout;
    expect(await next('--opening', at('tunes/5.tune'))).toBe(await next('--prompt', 'aab'));
    expect(await next('--opening', at('tunes/5.tune'), '--opening-letters', '1')).toBe(
      await next('--prompt', 'a'),
    );
    expect(await next('--theme', at('tunes/5.tune'))).toBe(await next('--prompt', 'baa'));
  });

  it('inspect reads a file as the prompt, and draws attention as the app does', async () => {
    const inspect = (...words: string[]): Promise<Outcome> =>
      tunes('inspect', '--model', at('run'), ...words);
    const opening = ['--opening', at('tunes/5.tune'), '--opening-letters', '2'];
    const { stdout } = await inspect(...opening, '--json');
    const { prompt } = JSON.parse(stdout) as { prompt: { tokens: { word: string }[] } };
    expect(prompt.tokens.map(({ word }) => word)).toEqual(['<end>', 'a', 'a']);
    const [picture, page] = [at('picture.html'), at('page.html')];
    expect((await inspect(...opening, '--attention-picture', picture)).stdout).toBe(`${picture}\n`);
    const notes = await readFile(picture, 'utf8');
    expect(notes).toContain('<title>run: attention</title>');
    expect(notes).toContain('<title>3 notes, 0.3 seconds</title>');
    expect(notes.match(/<button id="head-/g)).toHaveLength(2);
    const both = await inspect(...opening, '--attention-picture', picture, '--out', page, '--json');
    expect(both.stdout).toBe(`{"file":"${page}"}\n{"file":"${picture}"}\n`);
  });

  it.each([
    [
      ['tunes', '--attention-picture', 'x.html'],
      '--attention-picture: expected a prompt with it, got none',
    ],
    [
      ['tunes', '--prompt', 'a', '--attention-picture', 'x.png'],
      '--attention-picture: expected a name that ends in .html, got x.png',
    ],
    [
      ['letters', '--prompt', 'a', '--attention-picture', 'x.html'],
      '--attention-picture: expected an app that draws attention itself, got ramble letters; --out writes pictures for every app',
    ],
  ])('inspect reports that it cannot draw: %j', async ([app, ...words], message) => {
    const { stderr } = await runCommand([app, 'inspect', '--model', at('run'), ...words]);
    expect(stderr).toContain(message);
  });
});
