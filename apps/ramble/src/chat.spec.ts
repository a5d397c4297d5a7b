import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atTerminal, HAS_TERMINAL, type Move } from '../test/at-terminal.js';
import { runHere } from '../test/run-here.js';
import { startRamble } from '../test/start-ramble.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const ramble = (words: readonly string[]) => runHere(words, { cacheFolder: at('cache') });

const TEMPLATE = `{% for m in messages %}{{ m.role[0] }}: {{ m.content }}
{% endfor %}{% if add_generation_prompt %}a:{% endif %}`;
/** A program that runs a command as `npm run chat` does. */
const RUN_RAMBLE = [
  ...['--input-type=module', '--eval'],
  `import { runRamble } from ${JSON.stringify(new URL('../../../tools/run-ramble.mjs', import.meta.url))};
  await runRamble(process.argv.slice(1));`,
];

/** A conversation as `/save` writes it. */
interface Said {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** A question that is answered, and one that is answered at length. */
const ANSWERS = { hi: ' call me ishmael.', sing: ' la la la la la.' };

/** A model that learned two answers, exported, given a template, and imported as an instruct model is. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-talk-'));
  const texts = Object.entries(ANSWERS).map(([question, answer]) =>
    JSON.stringify({ text: `u: ${question}\na:${answer}` }),
  );
  await writeFile(at('talk.jsonl'), `${texts.join('\n')}\n`.repeat(40));
  const train = ['text', 'train', '--data', at('talk.jsonl'), '--out', at('learned')];
  const size = ['--n-layer', '2', '--n-head', '2', '--n-embd', '48', '--context-length', '96'];
  const steps = ['--max-steps', '400', '--batch-size', '8', '--learning-rate', '0.003'];
  const all = [...train, ...size, ...steps, '--tokenizer', 'bytes', '--dropout', '0'];
  expect((await ramble(all)).status).toBe(0);
  const exported = ['text', 'export', '--model', at('learned'), '--out', at('exported')];
  expect((await ramble(exported)).status).toBe(0);
  await writeFile(join(at('exported'), 'chat_template.jinja'), TEMPLATE);
  const imported = await ramble(['text', 'import', at('exported'), '--out', at('talk')]);
  expect(imported.status).toBe(0);
});
afterAll(() => rm(folder, { recursive: true }));

const chat = (): string[] => ['text', 'chat', '--model', at('talk'), '--temperature', '0'];

describe('a training on conversations', () => {
  const line = (answer: string) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: answer },
      ],
    });
  const train = (out: string, steps: number, ...more: string[]) => {
    const given = ['--data', at('ahoy.jsonl'), '--out', at(out), '--max-steps', String(steps)];
    return ramble(['text', 'train', ...given, ...more]);
  };
  const start = () => [
    '--init-from',
    at('talk'),
    '--learning-rate',
    '0.003',
    '--save-interval',
    '10',
  ];

  it('changes the answers of the model, and resumes to the same model', async () => {
    await writeFile(at('ahoy.jsonl'), `${line('ahoy.')}\n`.repeat(20));
    const { status, stderr } = await train('ahoy', 120, ...start());
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('reads messages as conversations'),
    ]);
    const sample = ['--prompt', 'u: hi\na:', '--temperature', '0', '--max-new-tokens', '6'];
    const { stdout } = await ramble(['text', 'sample', '--model', at('ahoy'), ...sample]);
    expect(stdout).toBe('u: hi\na: ahoy.\n');
    await train('resumed', 20, ...start(), '--schedule', 'constant');
    expect((await train('resumed', 40, '--resume')).status).toBe(0);
    await train('whole', 40, ...start(), '--schedule', 'constant');
    const model = (run: string) =>
      readFile(join(at(run), 'checkpoints/00000040/model.safetensors'));
    expect((await model('resumed')).equals(await model('whole'))).toBe(true);
  }, 120_000);

  it('is measured by the tokens and characters of the answers', async () => {
    await writeFile(at('two.jsonl'), `${line('ahoy.')}\n${line('no.')}\n`);
    const evaluate = [
      'text',
      'evaluate',
      '--model',
      at('ahoy'),
      '--data',
      at('two.jsonl'),
      '--json',
    ];
    const { stdout } = await ramble(evaluate);
    expect(JSON.parse(stdout)).toMatchObject({ tokens: ' ahoy.\n no.\n'.length });
    const score = ['text', 'score', '--model', at('ahoy'), '--data', at('two.jsonl'), '--json'];
    const lines = (await ramble(score)).stdout.trim().split('\n');
    const counted = lines.map((each) => (JSON.parse(each) as { tokens: unknown[] }).tokens.length);
    expect(counted).toEqual([' ahoy.\n'.length, ' no.\n'.length]);
  });

  it('prefers chosen answers to rejected ones, with adapters or without', async () => {
    const question = { prompt: 'hi', chosen: 'ahoy.', rejected: ANSWERS.hi.trim() };
    await writeFile(at('pairs.jsonl'), `${JSON.stringify(question)}\n`.repeat(20));
    const prefer = (out: string, steps: number, ...more: string[]) => {
      const given = ['--data', at('pairs.jsonl'), '--out', at(out), '--max-steps', String(steps)];
      return ramble(['text', 'train', ...given, '--log-interval', '1', ...more]);
    };
    const dpo = ['--preference', 'dpo', '--lora-rank', '4', '--preference-beta', '0.5'];
    const { status, stderr } = await prefer('dpo', 6, ...start(), ...dpo);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/step 1\/6 {2}loss 0\.6931/)]);
    expect(stderr).toContain('reads prompt, chosen and rejected as conversations');
    expect(stderr).toContain('reward accuracy 1.00');
    expect(JSON.parse(await readFile(join(at('dpo'), 'run.json'), 'utf8'))).toMatchObject({
      training: { preference: 'dpo', preferenceBeta: 0.5 },
    });
    const constant = ['--schedule', 'constant', '--batch-size', '5'];
    await prefer('dpo-resumed', 3, ...start(), ...dpo, ...constant);
    expect((await prefer('dpo-resumed', 6, '--resume')).status).toBe(0);
    await prefer('dpo-whole', 6, ...start(), ...dpo, ...constant);
    const adapters = (run: string) =>
      readFile(join(at(run), 'checkpoints/00000006/model.safetensors'));
    expect((await adapters('dpo-resumed')).equals(await adapters('dpo-whole'))).toBe(true);
    await prefer('orpo', 60, ...start(), '--preference', 'orpo');
    const sample = ['--prompt', 'u: hi\na:', '--temperature', '0', '--max-new-tokens', '6'];
    const { stdout } = await ramble(['text', 'sample', '--model', at('orpo'), ...sample]);
    expect(stdout).toBe('u: hi\na: ahoy.\n');
  }, 120_000);

  it('refuses preferences without pairs, or without adapters to compare with', async () => {
    await writeFile(at('single.jsonl'), `${line('ahoy.')}\n`.repeat(20));
    const prefer = (data: string, ...more: string[]) => {
      const given = ['--data', at(data), '--out', at('refused'), ...start(), ...more];
      return ramble(['text', 'train', ...given]);
    };
    const without = await prefer('single.jsonl', '--preference', 'dpo');
    expect([without.status, without.stderr]).toEqual([
      2,
      expect.stringContaining('--lora-rank: expected above 0 with preference dpo'),
    ]);
    const orpo = ['--preference', 'orpo'];
    expect((await prefer('single.jsonl', ...orpo)).stderr).toContain(
      '--data: expected the fields chosen and rejected with preference orpo, got an example without them',
    );
    expect((await prefer('talk.jsonl', ...orpo)).stderr).toContain(
      'got orpo with data without conversations',
    );
    expect((await prefer('single.jsonl', ...orpo, '--loss-on', 'all')).stderr).toContain(
      'got orpo with --loss-on all',
    );
  }, 120_000);

  it('is refused without a model, and for texts together with conversations', async () => {
    const { status, stderr } = await train('new', 1);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('--init-from: a training on conversations starts'),
    ]);
    const both = await train('both', 1, ...start(), '--valid', at('talk.jsonl'));
    expect(both.stderr).toContain('valid: expected conversations to validate on');
    const texts = [
      'text',
      'train',
      '--data',
      at('talk.jsonl'),
      '--out',
      at('texts'),
      '--loss-on',
      'all',
    ];
    expect((await ramble(texts)).stderr).toContain('--loss-on: expected no value');
  });
});

describe('a chat with a model that learned two answers', () => {
  it('answers lines of a pipe by the template that came with the model', async () => {
    const lines = 'hi\n/reset\nsing\n';
    const started = startRamble(chat(), { cacheFolder: at('cache'), stdin: lines });
    const { status, stdout, stderr } = await started;
    expect([status, stdout, stderr]).toEqual([
      0,
      `${ANSWERS.hi}\n${ANSWERS.sing}\n`,
      'a new conversation\n',
    ]);
  });

  it('keeps the template when it is exported again', async () => {
    const again = ['text', 'export', '--model', at('talk'), '--out', at('again')];
    const { stdout } = await ramble(again);
    expect(stdout).toContain('chat_template.jinja');
  });

  (HAS_TERMINAL ? it : it.skip)('talks at a terminal until somebody ends it', async () => {
    const { status, shown } = await atTerminal(chat(), [
      ['> ', 'hi\r'],
      ['ishmael.', '/quit\r'],
    ]);
    expect([status, shown]).toEqual([0, expect.stringContaining('call me ishmael.')]);
  });

  (HAS_TERMINAL ? it : it.skip)(
    'stops an answer on Ctrl-C, takes back a line on one, and ends on two at an empty line',
    async () => {
      const endless = [...chat(), '--suppressed-token', '256', '--max-new-tokens', '100000'];
      const { status, shown } = await atTerminal(endless, [
        ['> ', 'sing\r'],
        ['la la', '\u0003'],
        ['> ', 'not said\u0003'],
        ['not said', '\u0003'],
        ['Ctrl-C again, or Ctrl-D, ends', '\u0003'],
      ]);
      expect([status, shown]).toEqual([130, expect.stringMatching(/stopped\r\n$/)]);
    },
  );

  (HAS_TERMINAL ? it : it.skip)(
    'stops an answer on Ctrl-C when npm run chat has started it, and goes on',
    async () => {
      const endless = [...chat(), '--suppressed-token', '256', '--max-new-tokens', '100000'];
      const moves: Move[] = [
        ['> ', 'sing\r'],
        ['la la', '\u0003'],
        ['> ', '/help\r'],
        ['Ends the program', '/quit\r'],
      ];
      const { status, shown } = await atTerminal(endless, moves, RUN_RAMBLE);
      expect([status, shown]).toEqual([0, expect.not.stringContaining('EIO')]);
      expect(shown).toContain('/reset');
    },
  );

  (HAS_TERMINAL ? it : it.skip)(
    'answers a text that is pasted or between """ as one message, and other lines one by one',
    async () => {
      const file = at('said.jsonl');
      await atTerminal(
        [...chat(), '--max-new-tokens', '4'],
        [
          ['> ', '\u001b[200~hi\r/x\u001b[201~\r'],
          ['> ', '"""hi\r'],
          ['... ', '/y"""\r'],
          ['> ', `/set max-new-tokens 2\r/retry\rhi\rsing\r/save ${file}\r/quit\r`],
        ],
      );
      const { messages } = JSON.parse(await readFile(file, 'utf8')) as Said;
      expect(messages.filter(({ role }) => role === 'user').map(({ content }) => content)).toEqual([
        'hi\n/x',
        'hi\n/y',
        'hi',
        'sing',
      ]);
    },
  );
});
