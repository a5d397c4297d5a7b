import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ModelView, RunView } from '@ramble/explorer';
import { lockRun } from '@ramble/runs/node';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { reversalApp } from '../../../test/reversal-app.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';

let folder: string;
let page: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-explore-'));
  page = at('page');
  await mkdir(page);
  await writeFile(join(page, 'index.html'), '<title>Explorer</title>');
  await makeRun(at('runs/book'), lettersApp);
  await makeRun(at('runs/old/book'), lettersApp);
  await makeRun(at('runs/reversal'), reversalApp);
});
afterAll(() => rm(folder, { recursive: true }));

/** An open page: its address and its calls. */
interface Open {
  readonly url: URL;
  /** Makes a call and returns its result; for a streamed call, the events. */
  readonly ask: (name: string, question?: object) => Promise<unknown>;
}

/** Explores until `use` is done with the page, then presses Ctrl-C. */
async function explore(
  words: readonly string[],
  use: (open: Open) => Promise<void> = () => Promise.resolve(),
  context: CommandContext = {},
): Promise<Outcome> {
  const printed: string[] = [];
  let used: Promise<void> | undefined;
  const outcome = await runCommand(['explore', '--port', '0', ...words], {
    page,
    onPrint: (line) => printed.push(line),
    onNote: (line, interrupt) => {
      if (!line.startsWith('the page is open')) return;
      const [text] = printed;
      const address = text.startsWith('{') ? (JSON.parse(text) as { url: string }).url : text;
      used = use(opened(new URL(address.trim()))).finally(interrupt);
    },
    ...context,
  });
  await used;
  return outcome;
}

function opened(url: URL): Open {
  const token = decodeURIComponent(url.hash.replace('#token=', ''));
  return {
    url,
    ask: async (name, question = {}) => {
      const response = await fetch(new URL(`calls/${name}`, url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          origin: url.origin,
        },
        body: JSON.stringify(question),
      });
      const text = await response.text();
      const isStream = response.headers.get('content-type')?.includes('ndjson') === true;
      if (!isStream) return JSON.parse(text) as unknown;
      const lines = text.trim().split('\n');
      return lines.map((line) => JSON.parse(line) as unknown);
    },
  };
}

const idsOf = async ({ ask }: Open): Promise<string[]> =>
  ((await ask('models')) as ModelView[]).map(({ id }) => id);

describe('explore', () => {
  it('prints one address with a token, and serves the page and its calls', async () => {
    const outcome = await explore(['--model', at('runs/book')], async (open) => {
      expect(open.url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/explore\/#token=[\w-]{32}$/);
      expect(await (await fetch(open.url)).text()).toBe('<title>Explorer</title>');
      expect(await open.ask('models')).toMatchObject([
        { id: 'book', domain: 'letters', engine: 'cpu', chats: false },
      ]);
    });
    expect(outcome.status).toBe(0);
    expect(outcome.stdout.split('\n')).toHaveLength(2);
    expect(outcome.stderr).toBe('the page is open to whoever has this address; Ctrl-C stops it\n');
  });

  it('writes on the page the same text as sample', async () => {
    const sampled = await runCommand([
      ...['letters', 'sample', '--model', at('runs/book'), '--prompt', 'call'],
      ...['--max-new-tokens', '6', '--seed', '5', '--json'],
    ]);
    await explore(['--model', at('runs/book')], async ({ ask }) => {
      const { prompt } = (await ask('encode', { model: 'book', text: 'call' })) as {
        prompt: object;
      };
      const events = (await ask('write', {
        ...{ model: 'book', prompt, count: 1, alternatives: 2 },
        sampling: { seed: 5, maxNewTokens: 6 },
      })) as { kind: string; token?: { id: number } }[];
      const output = events.flatMap(({ kind, token }) =>
        kind === 'token' && token ? token.id : [],
      );
      expect(await ask('artifact', { model: 'book', prompt, output })).toEqual({
        kind: 'text',
        text: (JSON.parse(sampled.stdout) as { text: string }).text,
      });
      expect(events.at(-1)).toMatchObject({ kind: 'done' });
      expect(await ask('runs')).toBeNull(); // as no folder is watched
    });
  });

  it('serves the same models by the protocol of OpenAI, and watches runs at the same time', async () => {
    const words = ['--model', at('runs/book'), '--model', at('runs/reversal'), '--json'];
    const outcome = await explore([...words, '--runs', at('runs')], async (open) => {
      const { data } = (await (await fetch(new URL('/v1/models', open.url))).json()) as {
        data: { id: string }[];
      };
      expect(data.map(({ id }) => id)).toEqual(['book', 'reversal']);
      const runs = (await open.ask('runs')) as RunView[];
      expect(runs.map(({ name, state }) => [name, state])).toEqual([
        ['book', 'stopped'],
        ['old/book', 'stopped'],
        ['reversal', 'stopped'],
      ]);
    });
    const { url, ...report } = JSON.parse(outcome.stdout) as { url: string };
    expect(report).toEqual({
      api: new URL('/v1', url).href,
      models: ['book', 'reversal'],
      runs: at('runs'),
    });
  });

  it('opens models of the same name under their typed paths, and opens each once', async () => {
    const paths = [at('runs/book'), at('runs/old/book'), at('runs/book')];
    await explore(
      paths.flatMap((path) => ['--model', path]),
      async (open) => {
        expect(await idsOf(open)).toEqual([at('runs/book'), at('runs/old/book')]);
      },
    );
  });

  it('opens further runs of the folder, and the best checkpoint that a training has found since', async () => {
    await explore(['--runs', at('runs')], async (open) => {
      expect(await idsOf(open)).toEqual([]);
      const opening = ['book', 'reversal', 'book'].map((run) => open.ask('open', { run }));
      expect(await Promise.all(opening)).toEqual([
        { model: at('runs/book') },
        { model: at('runs/reversal') },
        { model: at('runs/book') },
      ]);
      expect(await idsOf(open)).toEqual([at('runs/book'), at('runs/reversal')]);
    });
  });

  it('stays open while an open model is deleted, and names the missing file', async () => {
    await makeRun(at('runs/gone'), lettersApp);
    await explore(['--runs', at('runs')], async ({ ask }) => {
      const { model } = (await ask('open', { run: 'gone' })) as { model: string };
      await rm(at('runs/gone'), { recursive: true });
      const encoded = (await ask('encode', { model, text: 'call' })) as { prompt: object };
      expect(await ask('next', { model, prompt: encoded.prompt, count: 1 })).toHaveProperty(
        'tokens',
      );
      expect(await ask('open', { run: 'gone' })).toMatchObject({
        error: {
          message: `${at('runs/gone')}: expected a run with a checkpoint, got none; put its folder checkpoints back from a copy, or train again`,
        },
      });
      expect((await ask('runs')) as RunView[]).toHaveLength(3);
    });
  });

  it('opens the page in a browser if it was started at a terminal', async () => {
    const urls: string[] = [];
    const onOpenPage = (url: string): void => void urls.push(url);
    const shown = await explore(['--runs', at('runs')], undefined, {
      onOpenPage,
      isTerminal: true,
    });
    expect(urls).toEqual([shown.stdout.trim()]);
    for (const [words, isTerminal] of [
      [['--no-open'], true],
      [['--json'], true],
      [[], false],
    ] as const) {
      await explore(['--runs', at('runs'), ...words], undefined, { onOpenPage, isTerminal });
    }
    expect(urls).toHaveLength(1);
  });

  it('does not keep a training from starting', async () => {
    await explore(['--runs', at('runs')], async ({ ask }) => {
      await ask('runs');
      const release = await lockRun(at('runs/book'));
      expect(((await ask('runs')) as RunView[])[0].state).toBe('training');
      await release();
    });
  });
});

describe('explore, given nothing to show,', () => {
  const refused = async (words: readonly string[], context?: CommandContext): Promise<Outcome> =>
    runCommand(['explore', ...words], { page, ...context });

  it('explains that a model or runs must be given', async () => {
    expect(await refused([])).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: --model: expected a run to explore, or --runs with a folder of them, got neither, and there is ' +
        'no folder runs here; train one first: ramble text train --data moby-dick --out runs/whale --max-minutes 3\n',
    });
    expect((await refused(['--runs', at('none')])).stderr).toBe(
      `error: --runs: expected a folder of runs, got nothing at ${at('none')}\n`,
    );
    const file = at('runs/book/run.json');
    expect((await refused(['--runs', file])).stderr).toBe(
      `error: --runs: expected a folder of runs, got a file ${file}\n`,
    );
    expect((await refused(['--runs', at('runs/book')])).stderr).toBe(
      `error: --runs: expected a folder of runs, got a run; try --model ${at('runs/book')}\n`,
    );
    expect((await refused(['--model', at('none')])).stderr).toBe(
      `error: ${at('none')}: expected a run with a run.json, got none; name the folder of a run, a Hugging Face folder, a GGUF file, or a model that ramble data list names\n`,
    );
  });

  it('requires a key if other machines can reach it', async () => {
    const words = ['--runs', at('runs'), '--host', '0.0.0.0', '--port', '0'];
    expect(await refused(words)).toMatchObject({
      status: 2,
      stderr:
        'error: --api-key: expected a key, as others can reach the page on 0.0.0.0, got none\n',
    });
    await explore([...words, '--api-key', 'ishmael'], async (open) => {
      expect(open.url.hash).toBe('#token=ishmael');
      expect(await open.ask('runs')).toHaveLength(3);
    });
  });

  it('runs only code that was named', async () => {
    await makeRun(at('foreign'), { ...lettersApp, name: 'x; touch y' });
    expect(await refused(['--model', at('foreign')])).toMatchObject({
      status: 2,
      stderr:
        'error: --domain: expected the app of x; touch y, which does not come with ramble, got none; ' +
        "name the module that the run was trained with: --domain './x; touch y.js'\n",
    });
    expect((await refused(['--runs', at('runs'), '--domain', 'nowhere'])).stderr).toBe(
      'error: --domain: expected an app, got nowhere\n',
    );
  });

  it('reports that the page was not built', async () => {
    expect((await refused(['--runs', at('runs')], { page: at('nowhere') })).stderr).toBe(
      `error: page: expected its files in ${at('nowhere')}, got none; npm run setup builds them\n`,
    );
  });
});
