import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import { talkApp } from '../../../test/talk-app.js';
import { flagName } from '../../verb/flag.js';
import { CHAT_SETTINGS } from './chat-settings.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-chat-'));
  run = join(folder, 'talk');
  await makeRun(run, talkApp, { contextLength: CONTEXT });
});
afterAll(() => rm(folder, { recursive: true }));

const CONTEXT = 160;
const MOST_LIKELY = ['--temperature', '0', '--max-new-tokens', '7', '--logit-bias', '28=-inf'];
const GREEDY = [...MOST_LIKELY, '--repetition-penalty', '1'];

function chat(words: readonly string[], context: CommandContext): Promise<Outcome> {
  return runCommand(['talk', 'chat', '--model', run, ...words], context);
}

/** Returns the continuation of a text by the verb sample. */
async function after(prompt: string, settings: readonly string[] = GREEDY): Promise<string> {
  const words = ['talk', 'sample', '--model', run, '--prompt', prompt, '--json', ...settings];
  const { stdout } = await runCommand(words);
  return (JSON.parse(stdout) as { text: string }).text;
}

const lines = (stdout: string): string[] => stdout.split('\n').slice(0, -1);
const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);

describe('chat through a pipe', () => {
  it('answers each line with the earlier turns before it', async () => {
    const one = await after('user hi\nassistant ');
    const two = await after(`user hi\nassistant ${one}\nuser and you\nassistant `);
    const { status, stdout, stderr } = await chat(GREEDY, { stdin: 'hi\n\nand you\n' });
    expect([status, stdout, stderr]).toEqual([0, ended(one) + ended(two), '']);
  });

  it('begins with the system prompt, and passes variables to the template', async () => {
    const text = await after('system be brief\nuser hi\nloud assistant ');
    const words = [...GREEDY, '--system', 'be brief', '--template-variable', 'loud=true'];
    const { stdout } = await chat(words, { stdin: 'hi' });
    expect(stdout).toBe(ended(text));
  });

  it('discourages repetition by default', async () => {
    const { stdout } = await chat([...MOST_LIKELY, '--system', 'be brief'], { stdin: 'hi\n' });
    const penalized = ['--repetition-penalty', '1.05', '--repetition-window', '64'];
    const prompt = 'system be brief\nuser hi\nassistant ';
    expect(stdout).toBe(ended(await after(prompt, [...MOST_LIKELY, ...penalized])));
    expect(stdout).not.toBe(ended(await after(prompt)));
  });

  it('prints answers as lines of JSON', async () => {
    const { stdout } = await chat([...GREEDY, '--json'], { stdin: 'hi\n' });
    expect(JSON.parse(stdout)).toEqual({
      text: await after('user hi\nassistant '),
      end: 'length',
      promptTokens: 18,
      tokens: 7,
      seed: 0,
    });
  });

  it('gives the same answers for a seed, with different random numbers in each turn', async () => {
    const words = ['--seed', '7', '--max-new-tokens', '9', '--logit-bias', '28=-inf'];
    const [one, two] = [
      await chat([...words, '--json'], { stdin: 'hi\n/reset\nhi\n' }),
      await chat([...words, '--json'], { stdin: 'hi\n/reset\nhi\n' }),
    ];
    expect(one.stdout).toBe(two.stdout);
    const texts = lines(one.stdout).map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts[0]).not.toBe(texts[1]);
  });

  it('ends an answer at the end of the context', async () => {
    const words = ['--seed', '7', '--logit-bias', '28=-inf', '--json'];
    const { stdout } = await chat(words, { stdin: 'hi' });
    const { end, promptTokens, tokens } = JSON.parse(stdout) as Record<string, unknown>;
    // The last token is written, but not fed to the model.
    expect([end, Number(promptTokens) + Number(tokens)]).toEqual(['length', CONTEXT + 1]);
  });

  it('lists in its help the settings that work with it', async () => {
    const { stdout } = await chat(['--help'], {});
    expect(stdout).toContain('--max-new-tokens');
    expect(stdout).not.toMatch(/beam|--slide-share/);
  });

  it('answers with a text of a constraint', async () => {
    const { stdout } = await chat(['--seed', '1', '--regex', '(sea|whale) [xyz]{2}'], {
      stdin: 'hi',
    });
    expect(stdout).toMatch(/^(sea|whale) [xyz]{2}\n$/);
  });

  it('ends before a stop text', async () => {
    const text = await after('user hi\nassistant ');
    const stop = text.slice(2, 4);
    const { stdout } = await chat([...GREEDY, '--stop', stop], { stdin: 'hi' });
    expect(stdout).toBe(ended(text.slice(0, text.indexOf(stop))));
  });

  it('leaves out the oldest turns if the context is full', async () => {
    const message = 'a'.repeat(40);
    const stdin = `${message}\n${message}\n${message}\n${message}\n`;
    const { status, stdout, stderr } = await chat([...GREEDY, '--json'], { stdin });
    expect([status, stderr]).toEqual([
      0,
      'the context is full: 2 messages are left out\nthe context is full: 2 messages are left out\n',
    ]);
    expect(lines(stdout)).toHaveLength(4);
  });

  it('refuses a message that is longer than the context', async () => {
    const { status, stderr } = await chat(GREEDY, { stdin: 'a'.repeat(200) });
    expect([status, stderr]).toEqual([
      1,
      'error: message: expected one that leaves room for an answer, 120 tokens of the context with its template, got 216\n',
    ]);
  });

  it('refuses a system prompt that is longer than the context', async () => {
    const words = [...GREEDY, '--system', 'a'.repeat(200)];
    const { status, stderr } = await chat(words, { stdin: 'hi' });
    expect([status, stderr]).toEqual([
      2,
      'error: --system: expected a prompt that leaves room for a message and an answer, below 120 tokens of the context with its template, got 224; use a shorter one\n',
    ]);
  });

  it('blames a long message if the system prompt fits', async () => {
    const words = [...GREEDY, '--system', 'be brief'];
    const { status, stderr } = await chat(words, { stdin: 'a'.repeat(200) });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: message: expected one that leaves room for an answer, 120 /);
  });
});

describe('commands of a chat', () => {
  it('reset it, set its system prompt and save it', async () => {
    const file = join(folder, 'said.json');
    const stdin = `hi\n/reset\n/system be brief\n//x\n/save ${file}\n`;
    const { status, stderr, stdout } = await chat(GREEDY, { stdin });
    const refusal = await chat(GREEDY, { stdin: '//x' });
    expect(refusal.stderr).toContain('expected small letters, got /');
    expect([status, lines(stdout)]).toEqual([1, [expect.any(String)]]);
    expect(stderr).toContain('a new conversation\nthe system prompt is set\n');
    const kept = await chat(GREEDY, { stdin: `/system be brief\nhi\n/save ${file}\n/quit\nhi\n` });
    expect(kept.stderr).toContain(`${file}: 3 messages\n`);
    const short = await chat([...GREEDY, '--system', 'be brief'], { stdin: `/save ${file}.1` });
    expect(short.stderr).toBe(`${file}.1: 1 message\n`);
    const answer = await after('system be brief\nuser hi\nassistant ');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: answer },
      ],
    });
    expect(kept.stdout).toBe(ended(answer));
  });

  it('list themselves, and report missing words', async () => {
    const { status, stderr } = await chat(GREEDY, {
      stdin: `/help\n/frob\n/save\n/save ${folder}/none/x\n/system\n`,
    });
    expect(status).toBe(0);
    expect(stderr.split('\n').slice(0, 12)).toEqual([
      '/retry               Answers the last message again, with other random numbers.',
      '/reset               Forgets all turns; the system prompt stays.',
      '/system [text]       Sets the system prompt, or takes it away.',
      '/set <name> <value>  Changes how tokens are chosen: /set temperature 0.5',
      '/show                Shows the model, the system prompt and how tokens are chosen.',
      '/save <file>         Writes the conversation to a file, as a line of JSON with its messages.',
      '/help                Lists these commands.',
      '/quit                Ends the program, as Ctrl-D does.',
      'Ctrl-C stops an answer. A message that begins with / is typed with //.',
      'A message of several lines begins and ends with """. A pasted text of several lines is one message.',
      '/frob: unknown command. /help lists the commands',
      '/save: expected the name of a file, got none',
    ]);
    expect(stderr).toContain(`${folder}/none`);
    expect(stderr).toMatch(/no system prompt\n$/);
  });
});

describe('/retry', () => {
  it('answers the last message again, with other random numbers and without the first answer', async () => {
    const file = join(folder, 'retried.json');
    const words = ['--seed', '7', '--max-new-tokens', '9', '--logit-bias', '28=-inf', '--json'];
    const { stdout } = await chat(words, { stdin: `hi\n/retry\n/save ${file}\n` });
    const [first, second] = lines(stdout).map(
      (line) => (JSON.parse(line) as { text: string }).text,
    );
    expect(second).not.toBe(first);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: second },
      ],
    });
  });

  it('needs a message', async () => {
    const { status, stdout, stderr } = await chat(GREEDY, { stdin: '/retry\n' });
    expect([status, stdout, stderr]).toEqual([
      0,
      '',
      '/retry: there is no message to answer yet\n',
    ]);
  });
});

describe('/set', () => {
  const tokens = async (stdin: string): Promise<number[]> => {
    const { stdout } = await chat([...GREEDY, '--json'], { stdin });
    return lines(stdout).map((line) => (JSON.parse(line) as { tokens: number }).tokens);
  };

  it.each(['max-new-tokens 3', 'maxNewTokens 3', 'parameter num_predict 3', '--max-new-tokens 3'])(
    'changes a setting under each of its names: %s',
    async (words) => {
      expect(await tokens(`hi\n/set ${words}\nhi\n`)).toEqual([7, 3]);
    },
  );

  it('takes every sampling setting of the flags, and /show lists it', async () => {
    const { stdout } = await chat(['--help-all'], {});
    const names = Object.keys(CHAT_SETTINGS).map((name) => flagName(name).slice(2));
    expect(names.filter((name) => !stdout.includes(`--${name} `))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['temperature', 'top-p', 'repetition-penalty']));
    for (const name of names) {
      const value = { method: 'greedy', 'stop-token-start': '0' }[name] ?? '1';
      const { stderr } = await chat([], {
        stdin: `/set ${name} ${/cutoff/.test(name) ? 0 : value}\n`,
      });
      expect(stderr).toMatch(/^[\w-]+ is [\w.]+\n$/);
      expect(stderr.startsWith(`${name} is`)).toBe(true);
    }
    const { stderr } = await chat(['--seed', '7'], {
      stdin: '/set top-k 40\n/system be brief\n/show\n',
    });
    expect(stderr).toMatch(/^model +\S+talk, a context of 160 tokens\n/m);
    expect(stderr).toMatch(/^system +be brief\nmessages +1\n/m);
    expect(stderr).toMatch(/^top-k +40$/m);
    expect(stderr).toMatch(/^seed +7$/m);
  });

  it.each([
    ['temperature hot', 'temperature: expected a number of at least 0, got "hot"'],
    ['top-p 2', 'top-p: expected a number above 0 and at most 1, got 2'],
    [
      'temprature 1',
      '/set: expected the name of a setting, got temprature; Did you mean temperature?',
    ],
    ['min-new-tokens 300', 'minNewTokens: expected at most maxNewTokens (7), got 300'],
    ['', '/set: needs a name and a value, such as temperature 0.5; the names are method, '],
    ['system be brief', '/system sets the system prompt'],
    ['num-beams 4', '/set: expected the name of a setting, got num-beams; /set lists the names'],
  ])('refuses %j, and changes nothing', async (words, message) => {
    const { status, stdout, stderr } = await chat([...GREEDY, '--json'], {
      stdin: `/set ${words}\nhi\n`,
    });
    expect([status, stderr]).toEqual([0, expect.stringContaining(message)]);
    expect(JSON.parse(stdout)).toMatchObject({ tokens: 7 });
  });
});

describe('a command of another program', () => {
  it.each([
    ['/bye', '/quit'],
    ['/exit', '/quit'],
    ['/clear', '/reset'],
    ['/regenerate', '/retry'],
    ['/sett temperature 1', '/set'],
  ])('gets a hint: %s', async (line, meant) => {
    const { stderr } = await chat(GREEDY, { stdin: `${line}\n` });
    const [name] = line.split(' ');
    expect(stderr).toBe(`${name}: unknown command. Did you mean ${meant}?\n`);
  });
});

describe('a message that ends other programs', () => {
  it.each(['exit', 'quit ', 'bye'])('is answered, with a hint: %s', async (line) => {
    const { stdout, stderr } = await chat([...GREEDY, '--json'], { stdin: `${line}\nexit it\n` });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(stderr).toBe(`"${line.trim()}" is a message to the model; /quit ends the chat\n`);
  });
});

describe('a message between """ and """', () => {
  it.each([
    ['"""\nhi\nand you\n"""\n', 'hi\nand you'],
    ['"""hi\n\nand you"""\n', 'hi\n\nand you'],
    ['"""hi"""\n', 'hi'],
    ['"""\n/reset\n//x\n"""\n', '/reset\n//x'],
  ])('is one message: %j', async (stdin, content) => {
    const file = join(folder, 'fenced.json');
    const { stderr } = await chat(GREEDY, {
      typed: [...stdin.split('\n').slice(0, -1), `/save ${file}`],
    });
    if (content.includes('/')) {
      expect(stderr).toContain('expected small letters, got /'); // by the tokenizer of this model
      return;
    }
    const { stdout } = await chat(GREEDY, { stdin });
    expect(stdout).toBe(ended(await after(`user ${content}\nassistant `)));
    const { messages } = JSON.parse(await readFile(file, 'utf8')) as { messages: unknown[] };
    expect(messages[0]).toEqual({ role: 'user', content });
  });

  it('must end before the input ends', async () => {
    const { status, stdout, stderr } = await chat(GREEDY, { stdin: '"""hi\nand you\n' });
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      'error: standard input: expected """ after the message that begins with it, got its end\n',
    ]);
  });
});

describe('chat at a terminal', () => {
  const endless = ['--temperature', '0', '--logit-bias', '28=-inf', '--max-new-tokens', '100'];

  it('stops an answer on Ctrl-C, and continues the conversation', async () => {
    let count = 0;
    const { status, stdout } = await chat(endless, {
      typed: ['hi', 'and you'],
      onPrint: (_, interrupt) => {
        if (++count === 3) interrupt();
      },
    });
    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(100);
    expect(stdout.length).toBeLessThan(120); // three or four of the first answer, all of the second
  });

  it('ends on Ctrl-C at the prompt, and at the end of the input', async () => {
    const stopped = await chat(GREEDY, { typed: ['hi', undefined, 'not said'] });
    expect([stopped.status, lines(stopped.stdout)]).toEqual([130, [expect.any(String)]]);
    const done = await chat(GREEDY, { typed: [] });
    expect([done.status, done.stdout, done.stderr]).toEqual([
      0,
      '',
      '/help lists commands; Ctrl-D ends\n',
    ]);
  });

  it('prints the error in a message, and continues the conversation', async () => {
    const { status, stdout, stderr } = await chat(GREEDY, { typed: ['Capital', 'hi'] });
    expect([status, stderr]).toEqual([
      0,
      '/help lists commands; Ctrl-D ends\ntext: expected small letters, got C\n',
    ]);
    expect(stdout).toBe(ended(await after('user hi\nassistant ')));
  });
});

describe('chat that cannot be', () => {
  it('explains how to use a run without a template', async () => {
    const plain = join(folder, 'letters');
    await makeRun(plain, lettersApp);
    const { status, stderr } = await runCommand(['letters', 'chat', '--model', plain]);
    expect([status, stderr]).toEqual([
      1,
      `error: ${plain}: expected a model with a chat template, got one without; to continue a prompt use ramble letters sample --model ${plain}, ` +
        'or talk with an instruct model: ramble text chat --model smollm2-135m-instruct\n',
    ]);
  });

  it.each([
    [['--template-variable', 'loud'], '--template-variable: expected name=value, got loud'],
    [['--stop', ''], '--stop: expected text, got an empty string'],
    [['--top-p', '2'], '--top-p: expected a number above 0 and at most 1, got 2'],
  ])('is wrong usage: %j', async (words, message) => {
    const { status, stderr } = await chat(words, { stdin: 'hi' });
    expect([status, stderr.split('\n')[0]]).toEqual([2, expect.stringContaining(message)]);
  });
});
