import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atTerminal, HAS_TERMINAL, type Move } from '../test/at-terminal.js';
import { type Outcome, runHere } from '../test/run-here.js';
import { startRamble } from '../test/start-ramble.js';

const TEXT = 'Call me Ishmael 🐋. Some years ago, naïve as I was, I went to sea.\n'.repeat(30);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-verbs-'));
  await writeFile(join(folder, 'whale.txt'), TEXT);
  for (const tokenizer of ['char', 'bytes']) await train(tokenizer);
});
afterAll(() => rm(folder, { recursive: true }));

async function train(tokenizer: string): Promise<void> {
  const words = ['--tokenizer', tokenizer, '--max-steps', '10', '--out', join(folder, tokenizer)];
  const size = ['--n-layer', '1', '--n-head', '2', '--n-embd', '16', '--context-length', '16'];
  await succeed(['train', '--data', join(folder, 'whale.txt'), ...words, ...size]);
}

function text(words: readonly string[], engine: readonly string[]): Promise<Outcome> {
  return runHere(['text', ...words, ...engine], { cacheFolder: join(folder, 'cache') });
}

/** Runs a command, expects success, and returns its standard output. */
async function succeed(words: readonly string[], engine = ['--engine', 'cpu']): Promise<string> {
  const { status, stdout, stderr } = await text(words, engine);
  expect([status, stderr.includes('error')]).toEqual([0, false]);
  return stdout;
}
const model = (tokenizer: string): string[] => ['--model', join(folder, tokenizer)];

describe('ramble text', () => {
  it('samples text of whole characters from a model of bytes', async () => {
    const words = ['sample', ...model('bytes'), '--prompt', 'naïve 🐋', '--seed', '5'];
    const shown = await succeed([...words, '--max-new-tokens', '60']);
    const json = await succeed([...words, '--max-new-tokens', '60', '--json']);
    const { text: said, tokens } = JSON.parse(json) as { text: string; tokens: number[] };
    expect(shown.trimEnd()).toBe(`naïve 🐋${said}`.trimEnd());
    expect(new TextDecoder().decode(Uint8Array.from(tokens))).toBe(said);
  });

  it('evaluates a text in units that do not depend on the tokenizer', async () => {
    const data = ['--data', join(folder, 'whale.txt'), '--json'];
    const reports: unknown[] = [];
    for (const tokenizer of ['char', 'bytes']) {
      reports.push(JSON.parse(await succeed(['evaluate', ...model(tokenizer), ...data])));
    }
    const [{ loss, tokens, bitsPerCharacter }, bytes] = reports as Record<string, number>[];
    expect(tokens).toBe(Array.from(TEXT).length - 1);
    expect(bitsPerCharacter).toBeCloseTo(loss / Math.LN2, 9); // a character is a token
    expect(bytes.tokens).toBe(Buffer.byteLength(TEXT) - 1);
    expect(bytes.bitsPerByte).toBeCloseTo(bytes.loss / Math.LN2, 9);
  });

  it('evaluates the last word of each line of JSON, and names lines with fewer than two', async () => {
    const path = join(folder, 'last.jsonl');
    const lines = (...texts: string[]): Promise<void> =>
      writeFile(path, texts.map((each) => `${JSON.stringify({ text: each })}\n`).join(''));
    const words = ['evaluate', ...model('bytes'), '--data', path, '--last-word', '--json'];
    await lines('Call me\nIshmael', 'I went to sea.');
    expect(JSON.parse(await succeed(words))).toMatchObject({
      words: 2,
      tokens: Buffer.byteLength('\nIshmael sea.'),
    });
    await lines('I went to sea.', 'one', 'Call me');
    expect(await text(words, ['--engine', 'cpu'])).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `error: ${path}, document 2: expected at least two words, got "one"\n`,
    });
  });

  it('scores an output, token by token', async () => {
    const words = ['score', ...model('char'), '--prompt', 'Call', '--output', ' me', '--json'];
    const { logProbability, tokens } = JSON.parse(await succeed(words)) as {
      logProbability: number;
      tokens: { word: string; logProbability: number }[];
    };
    expect(tokens.map(({ word }) => word)).toEqual([' ', 'm', 'e']);
    expect(logProbability).toBeCloseTo(
      tokens.reduce((sum, token) => sum + token.logProbability, 0),
      9,
    );
  });

  it("shows the next tokens, and a run's description", async () => {
    const next = await succeed(['next', ...model('char'), '--prompt', 'Call m', '--json']);
    expect((JSON.parse(next) as { tokens: unknown[] }).tokens).toHaveLength(10);
    const inspected = await succeed(['inspect', ...model('char'), '--json'], []);
    expect(JSON.parse(inspected)).toMatchObject({
      domain: { name: 'text', options: { tokenizer: 'char' } },
      checkpoints: [{ step: 0 }, { step: 10, isBest: true }],
    });
  });

  it("encodes with GPT-2's tokenizer and decodes to the same bytes", async () => {
    const settings = ['--tokenizer', 'gpt2'];
    const encoded = await succeed(['encode', 'Call me Ishmael.', '--json', ...settings], []);
    expect(JSON.parse(encoded)).toMatchObject({ tokens: [14134, 502, 1148, 21720, 417, 13] });
    const named = ['encode', 'Call<|endoftext|>', '--json', ...settings];
    expect(JSON.parse(await succeed(named, []))).toMatchObject({
      words: ['Call', '<', '|', 'end', 'of', 'text', '|', '>'],
    });
    expect(JSON.parse(await succeed([...named, '--special-tokens'], []))).toEqual({
      tokens: [14134, 50256],
      words: ['Call', '<|endoftext|>'],
    });
    const ids = await succeed(['encode', join(folder, 'whale.txt'), '--json', ...settings], []);
    await writeFile(join(folder, 'ids.json'), ids);
    const decoded = await succeed(['decode', join(folder, 'ids.json'), ...settings], []);
    expect(decoded).toBe(await readFile(join(folder, 'whale.txt'), 'utf8'));
  });

  it('names a character of the prompt that is not in a character tokenizer', async () => {
    const ended = await text(['sample', ...model('char'), '--prompt', 'Q'], ['--engine', 'cpu']);
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toMatch(
      /^error: text: expected the 23 characters .*, got "Q" \(U\+0051\) at offset 0 \(1:1\)\. A character model knows only the characters that it was trained on: .*--unknown replace\.$/m,
    );
  });

  it.each([
    [['evaluate', '--data', 'empty.txt'], 'expected text, got none'],
    [
      ['evaluate', '--data', 'photo.txt'],
      'expected UTF-8 text, got byte 0xff at offset 0; iconv converts text of another encoding',
    ],
    [['sample', '--prompt-file', 'photo.txt'], 'expected text in UTF-8, got other bytes'],
  ])('names the file that is no text: %j', async ([verb, flag, name], message) => {
    await writeFile(join(folder, 'empty.txt'), '');
    await writeFile(join(folder, 'photo.txt'), Uint8Array.of(0xff, 0xd8));
    const path = join(folder, name);
    const ended = await text([verb, ...model('char'), flag, path], ['--engine', 'cpu']);
    expect(ended).toMatchObject({ status: 1, stdout: '', stderr: `error: ${path}: ${message}\n` });
  });
});

describe('the built ramble', () => {
  // Other specs that start the program run the other verbs.
  it.each([
    'text average --model char --count 1 --out mean',
    'text search --data whale.txt --max-steps 10 --over n-layer=1:2 --n-embd 16 --n-head 2 --context-length 16 --out search',
    'text curve --data whale.txt --valid whale.txt --shares 50 --max-steps 1 --preset nano --out curve',
    'metrics bleu --reference whale.txt --hypothesis whale.txt',
    'engines',
    'scale --preset nano --ranks 2',
    'new-domain ramble-dice',
  ])('runs %s', async (line) => {
    const { status, stderr } = await startRamble(line.split(' '), { folder });
    expect([status, /error.*/.exec(stderr)]).toEqual([0, null]);
  });
});

describe('the built ramble text', () => {
  it.each([
    [{ RAMBLE_THREADS: 'abc' }, 'RAMBLE_THREADS: expected an integer from 1 to 256, got abc'],
    [{ RAMBLE_ISA: 'mmx' }, 'RAMBLE_ISA: expected one of '],
    [{ RAMBLE_NATIVE: '/none.node' }, '/none.node cannot be read (Error: ENOENT'],
  ])(
    'warns once and takes the next engine, but only if no engine was requested: %j',
    async (env, reason) => {
      const words = ['text', 'score', ...model('char'), '--prompt', 'Call', '--output', ' me'];
      const next = await startRamble(words, { env });
      expect(next.status).toBe(0);
      expect(next.stderr.split(`engine native is not used: ${reason}`)).toHaveLength(2);
      const requested = await startRamble([...words, '--engine', 'native'], { env });
      expect([requested.status, requested.stdout]).toEqual([1, '']);
      expect(requested.stderr).toContain(`--engine native: ${reason}`);
    },
  );

  it('warns and takes the next engine if bytes of the native binary were overwritten', async () => {
    const shipped = new URL(
      '../../../packages/native/prebuilds/linux-x64/ramble.node',
      import.meta.url,
    );
    const path = join(folder, 'ramble.node');
    await writeFile(path, (await readFile(shipped)).fill(0x90, 0x10000, 0x10008));
    await copyFile(new URL(`${shipped.href}.json`), `${path}.json`);
    const words = ['text', 'score', ...model('char'), '--prompt', 'Call', '--output', ' me'];
    const { status, stderr } = await startRamble(words, { env: { RAMBLE_NATIVE: path } });
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^warning: engine native is not used: \S+: expected sha256 \w+…, got \w+…: the file was changed or damaged$/m,
    );
  });
});

const onTerminal = HAS_TERMINAL ? it : it.skip;

describe('the built ramble text next, on a terminal (needs script of util-linux)', () => {
  const words = ['text', 'next', ...['--prompt', 'Call m', '--engine', 'cpu']];
  const UP = '\x1b[A';
  const DOWN = '\x1b[B';
  const BACKSPACE = '\x7f';

  onTerminal('lets tokens be picked and taken back', async () => {
    const json = await succeed(['next', ...model('char'), '--prompt', 'Call m', '--json']);
    const { tokens } = JSON.parse(json) as { tokens: { word: string }[] };
    const second = tokens[1].word;
    const moves: Move[] = [
      ['read 6 of 6', `${UP}${DOWN}\r`],
      ['read 1 of 7', '\r'],
      ['read 1 of 8', BACKSPACE],
      ['read 1 of 7', 'q'],
    ];
    const { status, shown } = await atTerminal([...words, ...model('char')], moves);
    expect(status).toBe(0);
    expect(shown.replace(/\s+$/, '').endsWith(`Call m${second}`.trimEnd())).toBe(true);
  });

  onTerminal('leaves on Ctrl-C', async () => {
    const moves: Move[] = [['read 6 of 6', '\x03']];
    const { status, shown } = await atTerminal([...words, ...model('char')], moves);
    expect([status, shown.trimEnd().endsWith('Call m')]).toEqual([0, true]);
  });
});
