import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { commandsIn } from '../test/commands-in.js';
import { runHere } from '../test/run-here.js';
import { APPS, ENGINES } from './built-in.js';

/** Checks that suggested commands lead to one that works, for every domain, verb and kind of model. */

const TEMPLATE = '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}a:';
/** A domain that does not come with the command. */
const OWN = new URL('../../../packages/command-line/templates/domain/domain.js', import.meta.url);
const MIDI = fileURLToPath(new URL('../../../packages/music/fixtures/midi', import.meta.url));
const SIZE = '--n-layer 1 --n-head 2 --n-embd 8 --context-length 48 --batch-size 2 --max-steps 1';

/** The kinds of models, by the names of their folders. */
const MODELS = ['text', 'talk', 'exported', 'translation', 'summarization', 'music', 'my-domain'];
const DOMAINS = [...APPS.map(({ name }) => name), './my-domain.js', ''];
/** Verbs that take a model, with the words that all domains take. */
const COMMANDS: Readonly<Record<string, string>> = {
  sample: '--max-new-tokens 2',
  chat: '--max-new-tokens 2',
  next: '--count 2 --no-interactive',
  inspect: '',
  serve: '--port 0',
  export: '--out NEW',
};
const CASES = DOMAINS.flatMap((domain) =>
  Object.keys(COMMANDS).flatMap((verb) =>
    MODELS.map((model): [string, string, string] => [domain, verb, model]),
  ),
);

let folder: string;
let outputs = 0;
const [before, cacheBefore] = [process.cwd(), process.env.RAMBLE_CACHE];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-hints-'));
  process.chdir(folder);
  process.env.RAMBLE_CACHE = join(folder, 'cache');
  await copyFile(OWN, 'my-domain.js');
  await writeFile('book.txt', 'the sea and the whale and the sea again\n'.repeat(40));
  const pairs = Array.from({ length: 40 }, (_, i) =>
    JSON.stringify({ source: `the sea ${i}`, target: `la mer ${i}` }),
  );
  await writeFile('pairs.jsonl', pairs.join('\n'));
  const text = '--data book.txt';
  const lines = [
    `text train ${text} --tokenizer bytes --out text ${SIZE}`,
    `translation train --data pairs.jsonl --fields source,target --out translation ${SIZE}`,
    `summarization train --data pairs.jsonl --fields source,target --out summarization ${SIZE}`,
    `music train --data ${MIDI}/fuzz-1.mid --valid ${MIDI}/fuzz-0.mid --out music ${SIZE}`,
    `./my-domain.js train ${text} --out my-domain ${SIZE}`,
    'text export --model text --out exported',
  ];
  for (const line of lines) expect([line, await run(line.split(' '))]).toEqual([line, DONE]);
  await writeFile('exported/chat_template.jinja', TEMPLATE);
  const imported = await run(['text', 'import', 'exported', '--out', 'talk']);
  expect(imported.status).toBe(0);
}, 300_000);
afterAll(async () => {
  process.chdir(before);
  if (cacheBefore === undefined) delete process.env.RAMBLE_CACHE;
  else process.env.RAMBLE_CACHE = cacheBefore;
  await rm(folder, { recursive: true });
});

interface Ended {
  readonly status: number;
  readonly complaint: string;
}
const DONE: Ended = { status: 0, complaint: '' };

/** Runs a command in this process; a server is interrupted once it listens. */
async function run(words: readonly string[]): Promise<Ended> {
  const { status, stderr } = await runHere(words, {
    stdin: 'a\n',
    isPiped: true,
    program: 'ramble',
    engines: ENGINES.filter(({ name }) => name === 'cpu'),
    importModule: () => import(OWN.href), // whose packages are installed
    onNote: (text, interrupt) => {
      if (text.startsWith('serving')) interrupt();
    },
  });
  return { status, complaint: /^error: .*$/m.exec(stderr)?.[0] ?? '' };
}

/** The first command that a message suggests; it generates few tokens. */
function hintIn(complaint: string): readonly string[] | undefined {
  const found = /(?:use|with:) (ramble .*?)(?= or ramble |, or |$)/.exec(complaint);
  const words = found ? commandsIn(found[1]).at(0) : undefined;
  if (!words?.includes('sample') || words.includes('--max-new-tokens')) return words;
  return [...words, '--max-new-tokens', '2'];
}

describe('the error of a run of another domain', () => {
  it('names both domains first, and not the files that the run lacks', async () => {
    expect((await run(['text', 'sample', '--model', 'music'])).complaint).toBe(
      'error: music: expected a run of the domain text, got music; use ramble music sample --model music',
    );
  });
});

describe('a hint', () => {
  it.each(CASES)(
    'leads from ramble %s %s with the model %s to a command that works',
    async (...given) => {
      const [domain, verb, model] = given;
      const words = COMMANDS[verb].replace('NEW', `new-${(outputs += 1)}`).split(' ');
      const typed = new Set<string>();
      let next: readonly string[] | undefined = [domain, verb, '--model', model, ...words].filter(
        Boolean,
      );
      let ended = DONE;
      while (next) {
        const line: string = next.join(' ');
        expect([...typed]).not.toContain(line); // a circle
        typed.add(line);
        ended = await run(next);
        next = hintIn(ended.complaint);
      }
      expect(ended).toEqual(DONE);
      expect(typed.size).toBeLessThanOrEqual(3);
    },
  );
});
