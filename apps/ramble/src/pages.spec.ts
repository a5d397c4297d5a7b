import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { commandsIn } from '../test/commands-in.js';
import { runHere } from '../test/run-here.js';

const BOOK = 'Call me Ishmael. The white whale and the sea.\n'.repeat(40);
/** Makes the pages' trainings end in a moment. */
const TINY = '--n-layer 1 --n-head 2 --n-embd 16 --context-length 32 --max-steps 3'.split(' ');

/** Returns the anchor that GitHub gives to a heading of letters, digits and punctuation. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
const addressOf = (name: string): URL => new URL(`../../../docs/${name}`, import.meta.url);
const readPage = (name: string): string => readFileSync(addressOf(name), 'utf8');

/** Pages of a folder that an index lists. */
function listedPages(folder: string): string[] {
  return readdirSync(addressOf(folder)).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
}

/** Command lines in a page's code blocks of a language, each with the text below it. */
function commandLinesIn(
  page: string,
  language: 'sh' | 'console',
): [command: string, output: string][] {
  const blocks = readPage(page).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'));
  return Array.from(blocks, ([, block]) => block).flatMap((block) =>
    Array.from(
      block.matchAll(/^(?:\$ )?npx ramble (.*)\n((?:(?!\$ |npx ramble ).*\n)*)/gm),
      (found) => {
        const [, command, output] = found;
        return [command, output] as [string, string];
      },
    ),
  );
}

let folder: string;
const before = process.cwd();
const wordsOf = (command: string): string[] => commandsIn(`ramble ${command}`)[0];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-pages-'));
  process.chdir(folder);
  await writeFile(join(folder, 'book.txt'), BOOK);
  await writeFile(join(folder, 'other.txt'), 'The sea and the whale.\n'.repeat(9));
  await writeFile(join(folder, 'queen.txt'), 'The Queen.\n');
  const question = { context: 'Call me', endings: ['Ishmael.', 'the sea.'], label: 0 };
  await writeFile(join(folder, 'endings.jsonl'), JSON.stringify(question));
  await writeFile(join(folder, 'short.txt'), 'One line.\n');
  await writeFile(join(folder, 'photo.txt'), Buffer.of(0xe9, 0x20));
});
afterAll(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true });
});

// The first page trains the run that the others look at.
describe.each(['get-started.md', 'illustrated-gpt2.md', 'engines.md', 'models.md'])(
  'the page %s',
  (page) => {
    it.each(commandLinesIn(page, 'sh'))('shows a command that works: %s', async (command) => {
      const words = wordsOf(command);
      if (words.includes('--resume')) words.push('--max-steps', '5');
      else if (words.includes('train')) words.push(...TINY, '--tokenizer', 'char');
      else if (words.includes('search')) {
        words.splice(words.indexOf('--minutes'), 2, ...TINY, '--max-steps', '10', '--trials', '2');
      }
      const isOfNone =
        ['encode', 'export', 'import'].includes(words[1]) || words.includes('--preset');
      if (words[1] === 'train' || !isOfNone) words.push('--engine', 'cpu');
      const { status, stderr } = await runHere(words);
      expect([status, stderr.match(/error: .*/)?.[0]]).toEqual([0, undefined]);
    });
  },
);

describe("the page on The Illustrated GPT-2's pictures", () => {
  it('has a command that writes a page', async () => {
    const path = join(folder, 'whale.html');
    expect((await stat(path)).size).toBeGreaterThan(10_000);
    expect(await readFile(path, 'utf8')).toContain('The prompt: ');
  });
});

describe('the page on troubles', () => {
  it.each(commandLinesIn('troubleshooting.md', 'console'))(
    'shows the output of %s',
    async (...args) => {
      const [command, output] = args;
      const { status, stderr } = await runHere(wordsOf(command));
      expect([status === 0, stderr.split('\n').at(-2)]).toEqual([false, output.trim()]);
    },
  );
});

describe('the index of decisions', () => {
  it('has the number, date, status and title of each page', () => {
    const pages = listedPages('dev/decisions/').map((name) => {
      const page = readPage(`dev/decisions/${name}`);
      const header: (string | undefined)[] =
        /^# (\d{4}) (.*)\n\n\1 · (\d{4}-\d\d-\d\d) · (.*)\n/.exec(page) ?? [];
      const [, number, title, date, status] = header;
      return [number, name, date, status?.replace(/\[(\d{4})\]\(\S*\)/g, '$1'), title];
    });
    const rows = readPage('dev/decisions/README.md').matchAll(
      /^\| \[(\d{4})\]\((\S+)\) +\| (\S+) +\| (.+?) +\| (.+?) +\|$/gm,
    );
    expect(Array.from(rows, ([, ...cells]) => cells)).toEqual(pages);
  });
});

describe('the index of the log', () => {
  it('has the date and the title of each entry, and links to it', () => {
    const entries = listedPages('dev/log/').flatMap((name) => {
      const titles = readPage(`dev/log/${name}`).matchAll(/^##? (\d{4}-\d\d-\d\d) (.*)$/gm);
      return Array.from(titles, ([, date, title]) => {
        return [date, `${name}#${anchorOf(`${date} ${title}`)}`, title].join(' ');
      });
    });
    const rows = readPage('dev/log/README.md').matchAll(
      /^\| \[(\S+)\]\((\S+)\) +\| (.+?) +\| .+\|$/gm,
    );
    const listed = Array.from(rows, ([, ...cells]) => cells.join(' '));
    expect(listed.sort()).toEqual(entries.sort());
  });
});

interface DescribeIn {
  readonly describeIn: (
    meanings: ReadonlyMap<string, string>,
    domains: readonly string[],
  ) => string;
}
const module = new URL('../../../tools/docs/options-page.mjs', import.meta.url).href;
const { describeIn } = (await import(module)) as DescribeIn;

describe('the page of options', () => {
  it.each([
    [{ a: 'X. (default: 1)', b: 'X. (default: 1)' }, 'X. (default: 1)'],
    [{ a: 'X. (p, q; default: p)', b: 'X. (p, q; default: q)' }, 'X. (p, q; default: p) In b: q.'],
    [{ a: 'X. (default: 1)', b: 'Y. (default: 1)' }, 'X. (default: 1) In b: Y. (default: 1).'],
    [{ b: 'X.' }, 'X. Only b.'],
  ])('describes the differences between domains: %j', (meanings, text) => {
    expect(describeIn(new Map(Object.entries(meanings)), ['a', 'b'])).toBe(text);
  });
});
