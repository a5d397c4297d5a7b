import { existsSync, readdirSync, readFileSync } from 'node:fs';

import { askHelp } from '../test/ask-help.js';
import { commandsIn } from '../test/commands-in.js';

const ROOT = new URL('../../../', import.meta.url);
const readPage = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');
const namesIn = (folder: string): string[] => readdirSync(new URL(folder, ROOT));

const READMES = ['apps', 'packages', 'examples/domains', 'examples/models'].flatMap((folder) =>
  namesIn(`${folder}/`).map((name) => `${folder}/${name}/README.md`),
);
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'examples/README.md'],
  ...READMES.filter((path) => existsSync(new URL(path, ROOT))),
  ...['docs', 'docs/dev'].flatMap((folder) =>
    namesIn(`${folder}/`).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : [])),
  ),
];

/** Commands in a page's shell blocks, unmarked blocks and tables, but not in console blocks, which show errors. */
function documentedCommands(path: string): [path: string, command: string, words: string[]][] {
  const page = readPage(path);
  const blocks = Array.from(
    page.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$/gms),
    ([, ...block]) => block,
  );
  const lines = blocks.flatMap(([language, block]) => (/^(sh)?$/.test(language) ? [block] : []));
  const cells = Array.from(page.matchAll(/\| `(npx ramble \w[^`]+)`/g), ([, cell]) => cell);
  return [...lines, ...cells].flatMap(commandsIn).map((words) => [path, words.join(' '), words]);
}

/** Flags and methods of domains in a page: `reversed: { kind: 'boolean', …`, `methods: ['complement']`. */
function ownWordsIn(path: string): string[] {
  const page = readPage(path);
  const flags = Array.from(page.matchAll(/^ +(\w+): \{ kind: '/gm), ([, name]) => `--${name}`);
  const methods = Array.from(page.matchAll(/^ +methods: \['(\w+)'\]/gm), ([, name]) => name);
  return [...flags, ...methods.flatMap((method) => ['--method', method])];
}

/** The packages of domains that a page creates. */
function ownPackagesIn(path: string): string[] {
  return Array.from(readPage(path).matchAll(/ramble new-domain (\S+)/g), ([, name]) => name);
}

/** The parser's error for a command, which is not run; `undefined` if the command is right. */
async function complaintAbout(
  [domain, ...given]: readonly string[],
  ownWords: readonly string[] = [],
  ownPackages: readonly string[] = [],
): Promise<string | undefined> {
  // A domain of one's own has the flags that all have.
  const isOwn = /\.m?js$/.test(domain) || ownPackages.includes(domain);
  const words = given.filter((word) => !(isOwn && ownWords.includes(word)));
  const { status, printed } = await askHelp([isOwn ? 'text' : domain, ...words]);
  if (status !== 0) return printed;
  const preset = words.at(words.indexOf('--preset') + 1);
  if (!words.includes('--preset') || isOwn) return undefined;
  const names = /Settings by name[^:]*: ([^.]*)\./.exec(printed.replace(/\s+/g, ' '))?.[1];
  if (names === undefined) return undefined; // the parser has checked it
  return names.split(', ').includes(preset ?? '') ? undefined : `--preset: ${preset} of ${names}`;
}

describe('a command line of the pages', () => {
  it.each(PAGES.flatMap(documentedCommands))('%s: ramble %s', async (path, _, words) => {
    expect(await complaintAbout(words, ownWordsIn(path), ownPackagesIn(path))).toBeUndefined();
  });

  it.each(PAGES)('carries npx, so that it can be pasted: %s', (path) => {
    const blocks = readPage(path).match(/^```(?:sh|console)?\n.*?^```$/gms) ?? [];
    expect(blocks.join('\n').match(/^(?:\$ )?ramble .*$|[|&;] ramble .*$/gm)).toBeNull();
  });

  it.each([
    ['ramble txt train --data a', /^error: txt: unknown domain or verb/],
    ['ramble text trian --data a', /^error: trian: unknown verb/],
    ['ramble text train --data a --n-laers 4', /^error: --n-laers: unknown flag/],
    ['npx ramble ./own.js train --data a --n-layer b', /^error: --n-layer: expected an integer/],
    ['ramble text train --data a --preset smal', /^--preset: smal of /],
    ['ramble scale --preset gpt3', /^error: --preset: expected nano, /],
    ['ramble text score --model a b', /^error: b: expected a flag, got a word/],
  ])('is reported if it is wrong: %s', async (line, complaint) => {
    expect(await complaintAbout(commandsIn(line)[0])).toMatch(complaint);
  });
});

describe('commandsIn', () => {
  it('splits lines as a shell does', () => {
    const lines = `ramble data get 'a b' \\
  --to "c d"e # a comment --json
npm test && npx ramble text next --prompt 'it''s #1' --n 3 < in.txt > out.txt
head -n 2 a.txt | ramble text decode - --out x | cat`;
    expect(commandsIn(lines)).toEqual([
      ['data', 'get', 'a b', '--to', 'c de'],
      ['text', 'next', '--prompt', 'its #1', '--n', '3'],
      ['text', 'decode', '-', '--out', 'x'],
    ]);
    expect(() => commandsIn("ramble text sample 'it")).toThrow(
      "ramble text sample 'it: expected words of a shell, got  'it",
    );
  });
});
