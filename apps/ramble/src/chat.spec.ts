import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { atTerminal, HAS_TERMINAL } from '../test/at-terminal.js';
import { startRamble } from '../test/start-ramble.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const ramble = (words: readonly string[], stdin?: string) =>
  startRamble(words, { cacheFolder: at('cache'), stdin });

const TEMPLATE = `{% for m in messages %}{{ m.role[0] }}: {{ m.content }}
{% endfor %}a:`;
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
}, 240_000);
afterAll(() => rm(folder, { recursive: true }));

const chat = (): string[] => ['text', 'chat', '--model', at('talk'), '--temperature', '0'];

describe('a chat with a model that learned two answers', () => {
  it('answers lines of a pipe by the template that came with the model', async () => {
    const { status, stdout, stderr } = await ramble(chat(), 'hi\n/reset\nsing\n');
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
});
