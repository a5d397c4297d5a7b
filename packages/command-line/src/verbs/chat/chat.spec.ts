import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lettersApp } from '../../../test/letters-app.js';
import { makeRun } from '../../../test/make-run.js';
import { type Outcome, runCommand, type CommandContext } from '../../../test/run-command.js';
import { talkApp } from '../../../test/talk-app.js';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-chat-'));
  run = join(folder, 'talk');
  await makeRun(run, talkApp, { contextLength: CONTEXT });
});
afterAll(() => rm(folder, { recursive: true }));

const CONTEXT = 160;
const GREEDY = ['--temperature', '0', '--max-new-tokens', '7', '--logit-bias', '28=-inf'];

function chat(words: readonly string[], context: CommandContext): Promise<Outcome> {
  return runCommand(['talk', 'chat', '--model', run, ...words], context);
}

/** Returns the continuation of a text by the verb sample. */
async function after(prompt: string): Promise<string> {
  const words = ['talk', 'sample', '--model', run, '--prompt', prompt, '--json', ...GREEDY];
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
    expect(stderr.split('\n').slice(0, 9)).toEqual([
      '/reset          Forgets all turns; the system prompt stays.',
      '/system [text]  Sets the system prompt, or takes it away.',
      '/save <file>    Writes the conversation to a file, as a line of JSON with its messages.',
      '/help           Lists these commands.',
      '/quit           Ends the program, as Ctrl-D does.',
      'Ctrl-C stops an answer. A message that begins with / is typed with //.',
      'A pasted text of several lines is one message, with ⏎ for its line ends.',
      '/frob: unknown command. /help lists the commands',
      '/save: expected the name of a file, got none',
    ]);
    expect(stderr).toContain(`${folder}/none`);
    expect(stderr).toMatch(/no system prompt\n$/);
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
