import type { RunView } from '@ramble/explorer';
import { appendLog, appendSamples } from '@ramble/runs';
import { folderStorage, lockRun } from '@ramble/runs/node';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../../test/letters-app.js';
import { makeRun } from '../../../../test/make-run.js';
import { runResumer, runStopper } from './resume-run.js';
import { watchCalls } from './watch-calls.js';

let parent: string;
let folder: string;
const signalled: number[] = [];
const started: (readonly string[])[] = [];
/** Ends the process that was started last. */
let end: (status: number) => void;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ramble-watch-'));
  folder = join(parent, 'runs');
  await makeRun(join(folder, 'a/<b>book'), lettersApp);
  signalled.length = 0;
  started.length = 0;
});
afterEach(() => rm(parent, { recursive: true }));

const NAME = 'a/<b>book';
const at = (path: string): string => join(folder, NAME, path);

function calls(patienceMs = 5000, program?: string): ReturnType<typeof watchCalls> {
  return watchCalls({
    program,
    folder,
    wordOf: (domain) => (domain === 'letters' ? 'letters' : undefined),
    openModel: (path) => Promise.resolve(path),
    stop: runStopper((pid) => void signalled.push(pid)),
    resumer: runResumer(
      (words) => {
        started.push(words);
        const ended = new Promise<number>((resolve) => (end = resolve));
        return Promise.resolve({ pid: 4242, ended });
      },
      { patienceMs },
    ),
    trained: ['letters'],
    appOf: () => Promise.resolve(lettersApp),
  });
}

/** Edits a file on purpose: run.json without its checksum. */
async function change(file: string, edit: (text: string) => string): Promise<void> {
  const text = await readFile(at(file), 'utf8');
  await writeFile(at(file), edit(text.replace(/ *"checksum": .*\n/, '')));
}

const view = async (): Promise<RunView> => (await calls().runs({}))[0];

describe('the runs of a folder', () => {
  it('report their progress', async () => {
    await appendLog(folderStorage(join(folder, NAME)), { step: 25, loss: 1.5, elapsedSeconds: 9 });
    expect(await calls().runs({})).toEqual([
      {
        name: NAME,
        domain: 'letters',
        state: 'stopped',
        step: 25,
        maxSteps: expect.any(Number) as number,
        tokensPerStep: expect.any(Number) as number,
        parameters: expect.any(Number) as number,
        last: { step: 25, loss: 1.5, validationLoss: 2.2, elapsedSeconds: 9 },
        bestLoss: 2.1,
        elapsedSeconds: 9,
        changedMs: expect.any(Number) as number,
      },
    ]);
  });

  it('report that they train while a process has their lock, and that they are done after their last step', async () => {
    const release = await lockRun(join(folder, NAME));
    expect((await view()).state).toBe('training');
    await release();
    expect((await view()).state).toBe('stopped');
    await change('run.json', (text) => text.replace(/"maxSteps": \d+/, '"maxSteps": 20'));
    expect(await view()).toMatchObject({ state: 'ended', step: 20, maxSteps: 20 });
  });

  it('report the time left while they train, by steps or by minutes', async () => {
    const entry = { step: 25, loss: 1.5, elapsedSeconds: 10 };
    await appendLog(folderStorage(join(folder, NAME)), entry);
    await change('run.json', (text) => text.replace(/"maxSteps": \d+/, '"maxSteps": 125'));
    expect(await view()).not.toHaveProperty('secondsLeft');
    const release = await lockRun(join(folder, NAME));
    expect(await view()).toMatchObject({ share: 0.2, secondsLeft: 40 });
    const minutes = (count: number) =>
      change('run.json', (text) => text.replace(/"maxMinutes": [\d.]+/, `"maxMinutes": ${count}`));
    await minutes(0.5);
    expect(await view()).toMatchObject({ maxMinutes: 0.5, share: 1 / 3, secondsLeft: 20 });
    await change('run.json', (text) => text.replace(/"maxSteps": \d+/, '"maxSteps": 0'));
    const planned = await view();
    expect(planned).toMatchObject({ share: 1 / 3, secondsLeft: 20 });
    expect(planned).not.toHaveProperty('maxSteps');
    await release();
  });

  it('report the bits of a character only if tokens are characters', async () => {
    expect(await view()).not.toHaveProperty('bitsPerCharacter');
    await change('run.json', (text) =>
      text.replace(/"options": \{\}/, '"options": {"tokenizer": "char"}'),
    );
    expect((await view()).bitsPerCharacter).toBe(1 / Math.LN2);
  });

  it('are reported as imported if their weights come from elsewhere, without steps to take', async () => {
    const origin = '"origin": {"kind": "import", "path": "x.gguf"}, "data":';
    await change('run.json', (text) => text.replace('"data":', origin));
    const run = await view();
    expect(run.state).toBe('imported');
    expect(run).not.toHaveProperty('maxSteps');
  });

  it('are listed in spite of a newest checkpoint that is damaged or removed', async () => {
    await writeFile(at('checkpoints/00000020/training.json'), '{');
    expect(await view()).toMatchObject({ state: 'stopped', step: 20 });
    await rm(at('checkpoints'), { recursive: true });
    expect(await view()).toMatchObject({ state: 'stopped', step: 20 });
  });

  it('include a run that cannot be read, with its error', async () => {
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken/run.json'), '{"formatVersion":1}');
    expect(await calls().runs({})).toMatchObject([
      { name: NAME, state: 'stopped' },
      {
        name: 'broken',
        state: 'broken',
        domain: '',
        problem: expect.stringContaining(`${folder}/broken/run.json: domain: expected`) as string,
      },
    ]);
  });
});

describe('a run of a folder', () => {
  it('has a log that is read as it grows', async () => {
    const first = await calls().log({ run: NAME, from: 0, max: 100 });
    expect(first.entries.map(({ step }) => step)).toEqual([10, 20]);
    await appendFile(at('log.jsonl'), '{"step":30}\n');
    expect(await calls().log({ run: NAME, from: first.to, max: 100 })).toMatchObject({
      entries: [{ step: 30 }],
      isNew: false,
    });
  });

  it('has settings, samples, checkpoints and the command that resumes it', async () => {
    const sample = { prompt: 'call', reference: 'me' };
    await appendSamples(folderStorage(join(folder, NAME)), [
      { step: 10, output: 'early' },
      { step: 20, output: '<script>', ...sample },
    ]);
    expect(await calls().details({ run: NAME })).toMatchObject({
      settings: {
        model: { nLayer: 1, nEmbd: 12 },
        training: { batchSize: 3 },
        domain: { name: 'letters' },
        data: { data: { path: '/books/letters.txt' } },
        run: { engine: 'cpu' },
      },
      samples: [
        { step: 20, text: '<script>', ...sample },
        { step: 10, text: 'early' },
      ],
      step: { tokens: 3 * 8, operations: expect.any(Number) as number },
      checkpoints: [10, 20],
      resume: `ramble letters train --resume --out '${join(folder, NAME)}'`,
    });
  });

  it('has the command to resume it with the program as it was started', async () => {
    const details = await calls(5000, 'node bin/ramble.js').details({ run: NAME });
    expect(details.resume).toBe(
      `node bin/ramble.js letters train --resume --out '${join(folder, NAME)}'`,
    );
  });

  it('is opened by its folder', async () => {
    expect(await calls().open({ run: NAME })).toEqual({ model: join(folder, NAME) });
  });

  it.each([
    [{ run: '../outside' }, 'expected a path inside it, got "../outside"'],
    [{ run: `${NAME}/../../../outside` }, 'expected a path inside it, got'],
    [{ run: '/etc' }, 'expected a path inside it, got "/etc"'],
    [{ run: 'a\\..\\..\\outside' }, 'expected a path inside it, got'],
    [{ run: 'a/\0' }, 'expected a path inside it, got'],
    [{ run: 'link' }, 'expected link inside it, got a link to'],
    [{ run: 'link/../link' }, 'expected a path inside it, got'],
    [{ run: '' }, 'run: expected a path below the folder of runs, got an empty one'],
    [{ run: 7 }, 'run: expected a'],
    [{}, 'run: expected a'],
    [{ run: NAME, path: '/' }, 'path: unknown setting'],
    [null, 'question: expected an object, got null'],
    [[NAME], 'question: expected an object'],
    ['__proto__', 'question: expected an object'],
  ])('is named by a path below the folder, which %j is not', async (question, message) => {
    await makeRun(join(parent, 'outside'), lettersApp);
    await symlink(join(parent, 'outside'), join(folder, 'link'));
    const { runs, forms, ...ofRun } = calls();
    expect(await forms({})).toHaveLength(1);
    expect((await runs({})).map(({ name }) => name)).toEqual([NAME]);
    for (const [name, call] of Object.entries(ofRun)) {
      const others = { log: { from: 0, max: 1 }, train: { domain: 'letters', values: {} } }[name];
      const isObject = typeof question === 'object' && !Array.isArray(question);
      const complete = others && isObject && question ? { ...question, ...others } : question;
      await expect(call(complete)).rejects.toThrow(message);
    }
    expect([signalled, started]).toEqual([[], []]);
  });

  it('may be gone meanwhile', async () => {
    const missing = `${folder}/none: expected a run with a run.json, got none; name the folder of a run, or put its run.json back from a copy`;
    for (const call of ['details', 'resume'] as const) {
      await expect(calls()[call]({ run: 'none' })).rejects.toThrow(missing);
    }
    expect(await calls().log({ run: 'none', from: 0, max: 1 })).toEqual({
      entries: [],
      to: 0,
      isNew: false,
    });
  });
});

describe('stop', () => {
  it('signals the process that trains, once', async () => {
    const { stop } = calls();
    const idle = `run: expected one that trains, got ${folder}/${NAME}, which does not`;
    await expect(stop({ run: NAME })).rejects.toThrow(idle);
    const release = await lockRun(join(folder, NAME));
    expect(await stop({ run: NAME })).toEqual({});
    expect(await stop({ run: NAME })).toEqual({});
    expect(signalled).toEqual([process.pid]);
    expect(await readdir(join(folder, NAME))).toContain('.lock');
    await release();
  });

  it('signals no process that a lock names but that does not have the lock open', async () => {
    const other = join(folder, 'other');
    const release = await lockRun(other);
    const copied = await readFile(join(other, '.lock'), 'utf8');
    const named = copied.replace(`${process.pid}`, `${process.ppid}`);
    for (const lock of [copied, named, `${process.ppid}\n`, `1\n`]) {
      await writeFile(at('.lock'), lock);
      await expect(calls().stop({ run: NAME })).rejects.toThrow(
        /^run: expected (a process that holds the lock of .*, got process \d+, which the lock names|one that trains, got )/,
      );
    }
    expect(signalled).toEqual([]);
    await release();
  });

  it('leaves processes of other machines alone', async () => {
    await writeFile(at('.lock'), `${process.ppid} another-host x\n`);
    await expect(calls().stop({ run: NAME })).rejects.toThrow(
      `run: expected one that trains on this machine, got process ${process.ppid} of the host "another-host"; stop it there`,
    );
    expect(signalled).toEqual([]);
  });
});

describe('train', () => {
  it('starts train with the values of a form, and waits for its lock', async () => {
    const [form] = await calls().forms({});
    const fields = form.groups.flatMap((group) => group.fields);
    expect(fields.find(({ name }) => name === 'maxMinutes')).toMatchObject({
      kind: 'number',
      usual: '0',
      isBasic: true,
    });
    const names = fields.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['data', 'preset', 'nLayer', 'learningRate']));
    for (const name of ['out', 'hosts', 'ranks', 'resume', 'engine']) {
      expect(names).not.toContain(name);
    }
    const values = { data: '--out=/x', maxMinutes: '3', tiedHead: 'false' };
    const trained = calls().train({ run: 'new/one', domain: 'letters', values });
    while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const out = join(folder, 'new/one');
    await mkdir(out);
    await writeFile(join(out, '.lock'), `${process.ppid}\n`);
    expect(await trained).toEqual({});
    expect(started).toEqual([
      ['letters', 'train', '--data=--out=/x', '--max-minutes=3', '--no-tied-head', '--out', out],
    ]);
  });

  it('reports why the training did not start', async () => {
    const failed = calls().train({ run: 'new', domain: 'letters', values: {} });
    while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await writeFile(join(folder, 'new.train.log'), 'error: --data: expected a file, got nothing\n');
    end(2);
    await expect(failed).rejects.toThrow(
      'run: expected it to start, got error: --data: expected a file, got nothing',
    );
  });

  it.each([
    [{ run: '../x' }, /expected a path inside/],
    [{ run: NAME }, 'run: expected a new name, got a/<b>book, which exists; choose another name'],
    [{ domain: 'music' }, 'domain: expected one of letters, got music'],
    [{ values: { hosts: 'x' } }, 'values: expected fields of the form for letters, got hosts'],
    [{ values: { data: 3 } }, 'values: expected texts by name, got'],
  ])('refuses %j', async (change, message) => {
    const question = { run: 'new', domain: 'letters', values: {}, ...change };
    await expect(calls().train(question)).rejects.toThrow(message);
    expect(started).toEqual([]);
  });
});

describe('resume', () => {
  it('starts the command that resumes a run, and waits for its lock', async () => {
    const { resume } = calls();
    const resumed = resume({ run: NAME });
    while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await expect(resume({ run: NAME })).rejects.toThrow(
      'run: expected one that does not train, got one that process 4242 trains',
    );
    await writeFile(at('.lock'), `${process.ppid}\n`);
    expect(await resumed).toEqual({});
    expect(started).toEqual([['letters', 'train', '--resume', '--out', join(folder, NAME)]]);
  });

  it('refuses a run that several ranks trained last, because their number is unknown', async () => {
    const storage = folderStorage(join(folder, NAME));
    await appendLog(storage, { step: 30, loss: 1, waitedShare: 0.1 });
    await appendLog(storage, { step: 30, validationLoss: 2 });
    const line = `ramble letters train --resume --out '${join(folder, NAME)}' --ranks N`;
    await expect(calls().resume({ run: NAME })).rejects.toThrow(
      `run: expected one that one process trains, got one of several ranks; type, with the --ranks that it had: ${line}`,
    );
    expect((await calls().details({ run: NAME })).resume).toBe(line);
    await appendLog(storage, { step: 40, loss: 1 }); // a single process resumed it
    expect((await calls().details({ run: NAME })).resume).toBe(line.replace(' --ranks N', ''));
    expect(started).toEqual([]);
  });

  it('reports why the process ended, at once or later', async () => {
    const watching = calls(0);
    await watching.resume({ run: NAME });
    await writeFile(at('resume.log'), 'reading\nerror: data: expected a file, got nothing\n');
    end(1);
    while ((await watching.runs({}))[0].problem === undefined);
    expect((await watching.runs({}))[0]).toMatchObject({
      state: 'stopped',
      problem: 'error: data: expected a file, got nothing',
    });
    const soon = calls();
    const failed = soon.resume({ run: NAME });
    while (started.length < 2) await new Promise((resolve) => setImmediate(resolve));
    end(1);
    await expect(failed).rejects.toThrow(
      'run: expected it to go on, got error: data: expected a file, got nothing',
    );
  });

  it('refuses runs that train, were imported, or are of an unnamed domain', async () => {
    await writeFile(at('.lock'), `${process.ppid}\n`);
    await expect(calls().resume({ run: NAME })).rejects.toThrow(
      `run: expected one that does not train, got one that process ${process.ppid} trains`,
    );
    await makeRun(join(folder, 'foreign'), { ...lettersApp, name: 'x; touch y' });
    await expect(calls().resume({ run: 'foreign' })).rejects.toThrow(
      'run: expected a domain that comes with ramble or that --domain names, got x; touch y',
    );
    expect((await calls().details({ run: 'foreign' })).resume).toBeUndefined();
    await change('run.json', (text) =>
      text.replace('"engine": "cpu"', '"engine": "none", "origin": {"kind":"import","path":"x"}'),
    );
    await expect(calls().resume({ run: NAME })).rejects.toThrow(
      `run: expected one that was trained, got ${folder}/${NAME}, which was imported`,
    );
    expect(started).toEqual([]);
  });
});
