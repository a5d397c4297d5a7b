import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand } from '../../../test/run-command.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-serve-'));
  run = join(folder, 'book');
  await makeRun(run, lettersApp);
});
afterAll(() => rm(folder, { recursive: true }));

/** Serves until `use` is done with the address, then presses Ctrl-C. */
async function serve(
  words: readonly string[],
  use: (url: string) => Promise<void> = () => Promise.resolve(),
  { words: verb, name } = { words: ['serve'], name: 'book' },
): Promise<Outcome> {
  const lines: string[] = [];
  let used: Promise<void> | undefined;
  const model = name === 'book' ? ['--model', run] : [];
  const outcome = await runCommand([...verb, ...model, '--port', '0', ...words], {
    onPrint: (line) => lines.push(line),
    onNote: (line, interrupt) => {
      if (line !== `serving ${name}; Ctrl-C stops it\n`) return;
      used = use(lines[0].trim()).finally(interrupt);
    },
  });
  await used;
  return outcome;
}

function complete(url: string, key?: string): Promise<Response> {
  return fetch(`${url}/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ model: 'book', prompt: 'call', max_tokens: 3, seed: 1 }),
  });
}

describe('serve', () => {
  it('answers as sample would write, prints its address, and logs each request', async () => {
    let text = '';
    const outcome = await serve([], async (url) => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
      const body = (await (await complete(url)).json()) as { choices: { text: string }[] };
      text = body.choices[0].text;
    });
    expect(outcome.status).toBe(0);
    expect(outcome.stderr.split('\n')).toEqual([
      'serving book; Ctrl-C stops it',
      expect.stringMatching(/^completion 200: 4 \+ 3 tokens in \d+\.\d\d s$/) as string,
      'finishing the running requests; Ctrl-C again stops at once',
      '',
    ]);
    const words = ['--prompt', 'call', '--max-new-tokens', '3', '--seed', '1', '--json'];
    const sample = await runCommand(['letters', 'sample', '--model', run, ...words]);
    expect(JSON.parse(sample.stdout)).toMatchObject({ text });
  });

  it('prints its address as JSON, and only that with --quiet', async () => {
    const outcome = await serve(['--json']);
    expect(JSON.parse(outcome.stdout)).toEqual({
      url: expect.stringMatching(/^http:.*\/v1$/) as string,
      model: 'book',
    });
  });

  it.each([
    ['a flag', ['--api-key', 'ishmael'], undefined],
    ['the environment', [], 'ishmael'],
  ])('requires the key of %s', async (_, words, variable) => {
    if (variable) process.env.RAMBLE_API_KEY = variable;
    try {
      await serve(words, async (url) => {
        expect([(await complete(url)).status, (await complete(url, 'ishmael')).status]).toEqual([
          401, 200,
        ]);
      });
    } finally {
      delete process.env.RAMBLE_API_KEY;
    }
  });

  it('warns of a server without a key that other machines can reach', async () => {
    const open = await serve(['--host', '0.0.0.0']);
    expect(open.stderr).toContain(
      'warning: anyone who can reach 0.0.0.0 can use the model; --api-key requires a key\n',
    );
    const guarded = await serve(['--host', '0.0.0.0', '--api-key', 'ishmael']);
    expect(guarded.stderr).not.toContain('warning');
  });

  it('names the port or address that is not available', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo; // not a pipe
    try {
      expect(await serve(['--port', String(port)])).toEqual({
        status: 2,
        stdout: '',
        stderr: `error: --port: expected a free one, got ${port}, which another program uses; 0 chooses a free one\n`,
      });
    } finally {
      other.close();
    }
    expect(await serve(['--host', '192.0.2.1'])).toMatchObject({
      status: 2,
      stderr: 'error: --host: expected an address of this machine, got 192.0.2.1\n',
    });
  });

  it('serves domains whose outputs are files, in base64, by the name of the domain too', async () => {
    const reversal = join(folder, 'reversal');
    await makeRun(reversal, reversalApp);
    const answers: object[] = [];
    const ask = async (url: string): Promise<void> => {
      const response = await fetch(`${url}/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: ['abc', ''], max_tokens: 5, seed: 3 }),
      });
      answers.push(((await response.json()) as { choices: object }).choices);
    };
    for (const words of [['serve'], ['reversal', 'serve']]) {
      await serve(['--model', reversal], ask, { words, name: 'reversal' });
    }
    expect(answers[1]).toEqual(answers[0]);
    const flags = ['--prompt', 'abc', '--max-new-tokens', '5', '--seed', '3'];
    const out = join(folder, 'sampled.rev');
    await runCommand(['reversal', 'sample', '--model', reversal, ...flags, '--out', out]);
    const file = { format: 'rev', encoding: 'base64', logprobs: null };
    expect(answers[0]).toMatchObject([
      { ...file, index: 0, text: await readFile(out, 'base64') },
      { ...file, index: 1, text: '', finish_reason: 'stop' }, // the app answers it without a model
    ]);
  });

  it('refuses apps that were not named, and keys that HTTP headers cannot contain', async () => {
    const foreign = join(folder, 'foreign');
    await makeRun(foreign, { ...lettersApp, name: 'x; touch y' });
    expect(await runCommand(['serve', '--model', foreign])).toMatchObject({
      status: 2,
      stderr:
        'error: --domain: expected the app of x; touch y, which does not come with ramble, got none; ' +
        `name the module that it was trained with: ramble './x; touch y.js' serve --model ${foreign}\n`,
    });
    expect(await runCommand(['serve', '--model', run, '--domain', 'nowhere'])).toMatchObject({
      status: 2,
      stderr: 'error: --domain: expected an app, got nowhere\n',
    });
    for (const [key, got] of [
      ['', 'an empty one'],
      ['schlüssel', 'one with other characters'],
    ]) {
      expect(await runCommand(['serve', '--model', run, '--api-key', key])).toMatchObject({
        status: 2,
        stderr: `error: --api-key: expected letters, digits and signs of ASCII without spaces, got ${got}\n`,
      });
    }
    const words = ['serve', '--model', run, '--cors-origin', 'https://page.example/a'];
    expect(await runCommand(words)).toMatchObject({
      status: 2,
      stderr:
        'error: --cors-origin: expected an origin such as https://page.example or *, got https://page.example/a\n',
    });
  });

  it('describes each flag in its help', async () => {
    const { stdout } = await runCommand(['serve', '--help-all']);
    expect(stdout).toContain('--timeout-seconds <n>');
    expect(stdout).toContain('ramble serve --model runs/book --port 8080');
  });
});
