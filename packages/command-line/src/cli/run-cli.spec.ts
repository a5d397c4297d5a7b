import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { dnaApp } from '../../test/dna-app.js';
import { makeRun } from '../../test/make-run.js';
import { reversalApp } from '../../test/reversal-app.js';
import { runCommand } from '../../test/run-command.js';
import { VERBS } from '../verbs/verbs.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Returns the error of a wrong command line. */
async function complaint(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCommand(words);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^error: .*\n$/);
  return stderr.slice('error: '.length, -1);
}

describe('help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])(
    'of the command is printed by %j',
    async (words) => {
      const { status, stdout, stderr } = await runCommand(words);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Usage: ramble <domain> <verb> [options]');
      expect(stdout).toMatch(/letters +Small letters, one a token\./);
      expect(stdout).toContain('ramble letters train --data moby-dick --out runs/whale');
    },
  );

  it.each([[['letters']], [['letters', '--help']], [['help', 'letters']], [['letters', 'help']]])(
    'of a domain is printed by %j',
    async (words) => {
      const { stdout } = await runCommand(words);
      expect(stdout).toContain('Usage: ramble letters <verb> [options]');
      expect(stdout).toMatch(/train +Trains a model on data\./);
    },
  );

  it.each([
    [['help', 'letters', 'train']],
    [['letters', 'help', 'train']],
    [['letters', 'train', 'help']],
  ])('of a verb is printed by %j', async (words) => {
    const { status, stdout } = await runCommand(words);
    expect([status, stdout.split('\n')[0]]).toEqual([0, 'Usage: ramble letters train [options]']);
  });

  it.each([[['help', 'train']], [['train', '--help']], [['train', '-h']]])(
    "of a verb without a domain is the first domain's help, and names the other domains: %j",
    async (words) => {
      const { status, stdout, stderr } = await runCommand(words);
      expect([status, stdout.split('\n')[0]]).toEqual([0, 'Usage: ramble letters train [options]']);
      expect(stderr).toBe(
        'This is train of letters; the others: ramble reversal train, ramble tunes train, ramble talk train\n',
      );
    },
  );

  it('of a domain lists the verbs that it supports, and other verbs name domains that support them', async () => {
    const listed = async (domain: string): Promise<string[]> => {
      const { stdout } = await runCommand([domain, '--help']);
      return ['train', 'chat', 'import'].filter((verb) => stdout.includes(`\n  ${verb} `));
    };
    expect(await listed('letters')).toEqual(['train', 'chat', 'import']);
    expect(await listed('reversal')).toEqual(['train']);
    expect(await runCommand(['reversal', 'chat', '--help'])).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'error: chat: expected a domain whose outputs are text (streamOutput), got reversal; use ramble letters chat --help or ramble talk chat --help\n',
    });
  });

  it('of a verb has its flags, defaults as they are typed, and examples', async () => {
    const { stdout } = await runCommand(['letters', 'train', '--help-all']);
    expect(stdout).toMatch(/\(default: on; --no-tied-head\s+for off\)/);
    expect(stdout).toContain('--n-layer <n>');
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '(default: 4 x --n-embd; 8/3 x --n-embd with a gate, in multiples of 32)',
    );
    expect(stdout).toContain('Letters:\n  --letters <name>');
    expect(stdout).toContain('ramble letters train --resume --out runs/book');
  });
});

describe('a wrong command line', () => {
  it('gets an error with the flag of a record and its field', async () => {
    const words = ['letters', 'inspect', '--preset', 'tiny', '--rope-scaling'];
    expect(await complaint(...words, '{"kind":"linear"}')).toBe(
      '--rope-scaling.factor: expected a number of at least 1, got nothing',
    );
    expect(await complaint(...words, '{"kind":"spiral"}')).toBe(
      '--rope-scaling: expected a kind of linear, llama3, yarn, dynamic, longrope, got "spiral"',
    );
  });

  it('may give an empty text, but no empty path', async () => {
    expect(await complaint('letters', 'train', '--data', 'a', '--out', '')).toBe(
      '--out: expected a path, got an empty text',
    );
    expect(await complaint('letters', 'sample', '--model', '')).toBe(
      '--model: expected a path, got an empty text',
    );
    expect(await complaint('letters', 'chat', '--system', '')).toBe(
      '--model: expected the folder of a run, got nothing; --model smollm2-135m-instruct gets a model by its name',
    );
    expect(await complaint('letters', 'sample', '--model')).toBe(
      '--model: expected the folder of a run, got nothing; --model smollm2-135m-instruct gets a model by its name, ' +
        'and ramble letters train --data moby-dick --out runs/whale --max-minutes 3 makes a run',
    );
    expect(await complaint('reversal', 'sample')).toBe(
      '--model: expected the folder of a run, got nothing; ramble reversal train --data FILE --out runs/NAME makes a run',
    );
  });

  it('gets the nearest name', async () => {
    expect(await complaint('leters', 'train')).toBe(
      'leters: unknown domain or verb. Did you mean letters?',
    );
    expect(await complaint('genomes', 'train')).toBe(
      'genomes: unknown domain or verb. A domain of your own is named by its path: ./genomes.js',
    );
    expect(await complaint('letters', 'trian')).toBe(
      'trian: unknown verb of ramble letters. Did you mean train?',
    );
    expect(await complaint('letters', 'train', '--nlayer=3')).toBe(
      '--nlayer: unknown flag. Did you mean --n-layer?',
    );
    expect(await complaint('letters', 'sample', '--letters', 'all')).toBe(
      '--letters: unknown flag. It is a flag of ramble letters train',
    );
    expect(await complaint('letters', 'train', '--xyzzy')).toBe(
      '--xyzzy: unknown flag. See ramble letters train --help',
    );
  });

  it('gets the domain of its run', async () => {
    expect(await complaint('sample', '--count', '3')).toBe(
      'sample: expected a domain before the verb, got none: letters, reversal, tunes, talk or ./mine.js; ' +
        'use ramble letters sample --count 3',
    );
    const [own, foreign] = ['own', 'foreign'].map((name) => join(folder, name));
    await makeRun(own, reversalApp);
    await makeRun(foreign, dnaApp);
    expect(await complaint('sample', '--model', own)).toBe(
      `sample: expected a domain before the verb, got none; ${own} is of the domain reversal; use ramble reversal sample --model ${own}`,
    );
    expect(await complaint('next', '--model', foreign)).toBe(
      `next: expected a domain before the verb, got none; ${foreign} is of the domain dna; ` +
        `name the module that it was trained with: ramble ./dna.js next --model ${foreign}`,
    );
    expect(await runCommand(['letters', 'sample', '--model', foreign])).toEqual({
      status: 1,
      stdout: '',
      stderr:
        `error: ${foreign}: expected a run of the domain letters, got dna; ` +
        `name the module that it was trained with: ramble ./dna.js sample --model ${foreign}\n`,
    });
  });

  it('gets the domain that a verb implies, with a run of this folder if one exists', async () => {
    expect(await complaint('translate', 'Good day.')).toMatch(
      /; use ramble letters sample 'Good day\.'$/,
    );
    const apps = {
      name: 'translation',
      description: '',
      parts: [],
      load: () => Promise.reject(new Error()),
    };
    const { missingDomain } = await import('./missing-domain.js');
    const [verb] = VERBS.ofDomains.filter(({ name }) => name === 'sample');
    const typed = { word: 'translate', verb, words: ['Good day.'], domain: 'translation' };
    expect((await missingDomain(typed, [apps])).message).toBe(
      "translate: expected a domain before the verb, got none; use ramble translation sample --model RUN 'Good day.', " +
        'where RUN is a folder that ramble translation train made',
    );
    const back = process.cwd();
    process.chdir(folder);
    try {
      await makeRun('runs/fr', { ...reversalApp, name: 'translation' });
      expect((await missingDomain(typed, [apps])).message).toMatch(
        /; use ramble translation sample --model runs\/fr 'Good day\.'$/,
      );
    } finally {
      process.chdir(back);
      await rm(join(folder, 'runs'), { recursive: true });
    }
  });

  it('gets an error without control characters, and with a quoted command', async () => {
    const run = join(folder, 'hostile run');
    await makeRun(run, { ...dnaApp, name: 'x; touch y #' });
    expect(await complaint('next', '--model', run)).toBe(
      `next: expected a domain before the verb, got none; ${run} is of the domain x; touch y #; ` +
        "name the module that it was trained with: ramble './x; touch y #.js' next --model '" +
        run +
        "'",
    );
    expect(await complaint('\x1b[2J\u202ex')).toBe(
      '\\u001b[2J\\u202ex: unknown domain or verb. A domain of your own is named by its path: ./\\u001b[2J\\u202ex.js',
    );
    const long = await runCommand(['letters', 'sample', '--model', 'x'.repeat(100_000)]);
    expect(long.status).toBe(1);
    expect(long.stderr.length).toBeLessThan(5020);
  });

  it('gets the values that a flag accepts', async () => {
    const train = ['letters', 'train', '--out', 'x', '--data', 'y'];
    expect(await complaint(...train, '--n-layer', '2.5')).toBe(
      '--n-layer: expected an integer of at least 1 and at most 10000, got 2.5',
    );
    expect(await complaint(...train, '--dropout', '1e0')).toBe(
      '--dropout: expected a number of at least 0 and below 1, got 1',
    );
    expect(await complaint(...train, '--batch-size', '')).toBe(
      '--batch-size: expected an integer of at least 1, got ""',
    );
    expect(await complaint(...train, '--schedule', 'sine')).toBe(
      '--schedule: expected constant, cosine, cosine-hf, linear, inverse-sqrt, noam or wsd, got "sine"',
    );
    expect(await complaint(...train, '--n-layer')).toBe(
      '--n-layer: expected a value, got nothing. Number of transformer blocks',
    );
    expect(await complaint(...train, '--data')).toBe(
      '--data: expected a value, got nothing. Files, folders, the name of a corpus (`ramble data list`), or - for standard input',
    );
    expect(await complaint(...train, '--norm')).toBe(
      '--norm: expected layer or rms, got nothing. Kind of norm: layer norm, or RMS norm, which has no mean or bias',
    );
    expect(await complaint(...train, '--minutes', '5')).toBe(
      '--minutes: unknown flag. Did you mean --max-minutes?',
    );
    expect(await complaint(...train, '--n-head', '7', '--n-embd', '384')).toBe(
      '--n-head: expected a divisor of --n-embd (384), got 7',
    );
  });

  it('gets the name of a missing or superfluous word', async () => {
    expect(await complaint('letters', 'train')).toBe(
      '--out: expected a new folder for the run, such as runs/NAME, got nothing',
    );
    expect(await complaint('letters', 'chat', 'model.gguf')).toBe(
      'model.gguf: expected a flag, got a word; for the model type --model model.gguf; see ramble letters chat --help',
    );
    expect(await complaint('letters', 'chat', 'hi there')).toBe(
      "hi there: expected a flag, got a word; for the model type --model 'hi there'; messages go to standard input: echo 'hi there' | ramble letters chat …; see ramble letters chat --help",
    );
    expect(await complaint('letters', 'chat', '--model', 'x', 'hi')).toBe(
      'hi: expected a flag, got a word; messages go to standard input: echo hi | ramble letters chat …; see ramble letters chat --help',
    );
    expect(await complaint('letters', 'chat', '--prompt', 'hi')).toBe(
      '--prompt: unknown flag. Write messages to standard input: echo hi | ramble letters chat …',
    );
    expect(await complaint('letters', 'chat', '--file', 'q.txt')).toBe(
      '--file: unknown flag. Write messages to standard input: ramble letters chat … < q.txt',
    );
    expect(await complaint('letters', 'chat', '--max-tokens')).toBe(
      '--max-tokens: expected a value, got nothing. Maximum number of tokens of an answer',
    );
    expect(await complaint('create', 'birds')).toBe(
      'create: unknown domain or verb. Use ramble new-domain NAME instead: it makes a package with a domain to build on',
    );
    for (const [typed, value] of [
      [['--no-think'], 'false'],
      [['--enable_thinking', 'false'], 'false'],
      [['--thinking'], 'true'],
    ] as const) {
      expect(await complaint('letters', 'chat', ...typed)).toContain(
        `unknown flag. Use --template-variable enable_thinking=${value} instead`,
      );
    }
    expect(await complaint('letters', '--model', 'x')).toBe(
      '--model: expected a verb first; see ramble letters --help',
    );
    expect(await complaint('letters', 'train', '--out', 'x')).toBe(
      '--data: expected a file, a folder or the name of a corpus, got nothing. See ramble data list',
    );
    expect(await complaint('letters', 'train', 'book.txt')).toBe(
      'book.txt: expected a flag, got a word; for data type --data book.txt; see ramble letters train --help',
    );
    expect(await complaint('letters', 'train', '--resume', 'runs/a b')).toBe(
      "runs/a b: expected a flag, got a word; the run to continue is --out 'runs/a b'; see ramble letters train --help",
    );
    expect(await complaint('letters', 'train', '--resume=runs/x')).toBe(
      '--resume: expected no value, got runs/x; the run to continue is --out runs/x',
    );
    expect(await complaint('letters', 'train', '--json=yes')).toBe(
      '--json: expected no value, got yes',
    );
    expect(await complaint('letters', 'train', 'my book.txt')).toBe(
      "my book.txt: expected a flag, got a word; for data type --data 'my book.txt'; see ramble letters train --help",
    );
    expect(await complaint('--json', 'letters', 'train')).toBe(
      '--json: expected a domain or a verb first; see ramble --help',
    );
  });

  it('gets the error in a config file or preset', async () => {
    const train = ['letters', 'train', '--out', 'x', '--data', 'y'];
    const unknown = await file('unknown.json', '{ "nhead": 2 }');
    expect(await complaint(...train, '--config', unknown)).toBe(
      `${unknown}: nhead: unknown setting. Did you mean nHead?`,
    );
    const wrong = await file('wrong.json', '{ "nHead": "2" }');
    expect(await complaint(...train, '--config', wrong)).toBe(
      `${wrong}: nHead: expected an integer of at least 1 and at most 65536, got "2"`,
    );
    const list = await file('list.json', '[1]');
    expect(await complaint(...train, '--config', list)).toBe(
      `${list}: expected an object of settings, got [1]`,
    );
    expect(await complaint(...train, '--config', await file('no.json', '{ nHead'))).toMatch(
      /no\.json: expected JSON, got "\{ nHead"$/,
    );
    const deep = await file('deep.json', '['.repeat(200_000) + ']'.repeat(200_000));
    expect(await complaint(...train, '--config', deep)).toBe(
      `${deep}: expected JSON of at most 100 levels, got more`,
    );
    const hidden = await file('hidden.json', '{"\\u001b[2J\\u202e": 1}');
    expect(await complaint(...train, '--config', hidden)).toBe(
      `${hidden}: \\u001b[2J\\u202e: unknown setting.`,
    );
    expect(await complaint(...train, '--preset', 'tinny')).toMatch(
      /^--preset: expected one of nano, .*, tiny, got tinny\. Did you mean tiny\?$/,
    );
  });

  it('gets the available engines', async () => {
    const data = await file('some.txt', 'abc');
    const train = ['letters', 'train', '--out', join(folder, 'none'), '--data', data];
    expect(await complaint(...train, '--engine', 'webgpu')).toBe(
      '--engine: expected one of cpu, absent, got webgpu',
    );
  });
});

describe('an error that is no wrong use', () => {
  it('is one line, and has a stack trace only with --debug', async () => {
    const words = ['letters', 'train', '--out', join(folder, 'new'), '--data', join(folder, 'no')];
    expect(await runCommand(words)).toEqual({
      status: 1,
      stdout: '',
      stderr: `error: ${join(folder, 'no')}: expected a file, a folder or the name of a corpus, got none. See ramble data list\n`,
    });
    const { status, stderr } = await runCommand([...words, '--debug']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/find-data\.ts:\d+/);
  });

  it('has the same exit status if nobody reads it', async () => {
    const failed = ['letters', 'train', '--out', 'x', '--data', join(folder, 'no')];
    expect(await runCommand(failed, { readsNotes: 0 })).toMatchObject({ status: 1, stderr: '' });
    expect(await runCommand(['leters'], { readsNotes: 0 })).toMatchObject({ status: 2 });
  });

  it('reports a requested engine that cannot run', async () => {
    const words = ['letters', 'train', '--out', 'x', '--data', 'y', '--engine', 'absent'];
    expect(await runCommand(words)).toMatchObject({
      status: 1,
      stderr: 'error: --engine absent: expected a machine to come, got this one\n',
    });
  });
});

describe('the version', () => {
  it('is printed', async () => {
    expect(await runCommand(['--version'])).toMatchObject({ status: 0, stdout: '0.0.0\n' });
  });
});
