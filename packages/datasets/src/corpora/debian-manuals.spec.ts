import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { debianManuals, manualSummaries } from './debian-manuals.js';

let folder: string;

async function fakeProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('debianManuals', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-manuals-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads the English pages of packages that apt-get downloads, links left out', async () => {
    const manuals = join(folder, 'files', 'usr', 'share', 'man');
    await mkdir(join(manuals, 'man1'), { recursive: true });
    await mkdir(join(manuals, 'fr', 'man1'), { recursive: true });
    await writeFile(join(manuals, 'man1', 'b.1.gz'), gzipSync('.SH NAME\nb é\n'));
    await writeFile(join(manuals, 'man1', 'a.1'), '.SH NAME\na\n');
    await writeFile(join(manuals, 'fr', 'man1', 'a.1'), '.SH NOM\na\n');
    await fakeProgram(
      'apt-get',
      'case "$*" in *update) ;; *"download cats dogs") touch cats.deb dogs.deb ;; *) exit 9 ;; esac',
    );
    await fakeProgram(
      'dpkg-deb',
      `test "$1 $3" = "-x files" && test -f "$2" && cp -r "${folder}/files" . && ln -sf a.1 files/usr/share/man/man1/link.1`,
    );
    const environment = { PATH: [folder, process.env.PATH].join(delimiter) };
    const work = join(folder, 'work');
    await mkdir(work);
    expect(await debianManuals('manuals', ['cats', 'dogs'], { folder: work, environment })).toEqual(
      ['.SH NAME\na\n', '.SH NAME\nb é\n'],
    );
  });

  it('reports the error of apt-get', async () => {
    await fakeProgram(
      'apt-get',
      'case "$*" in *update) ;; *) echo "E: no cats" >&2; exit 100 ;; esac',
    );
    const environment = { PATH: folder };
    await expect(debianManuals('manuals', ['cats'], { folder, environment })).rejects.toThrow(
      /^manuals: expected "apt-get .* download cats" to succeed, got exit status 100: E: no cats$/,
    );
  });
});

const FILLER = 'and so on with words of which there are enough to make a page of it '.repeat(3);

function page(name: string, text: string): string {
  return `.TH X 1\n.SH NAME\n${name} \\- does ${name}\n.SH DESCRIPTION\n${text}\n.SH AUTHOR\nThe same person wrote all of these pages in one long summer, or so it says here.\n`;
}
/** Forty pages, the last twenty in pairs that share a paragraph. */
const PAGES = [
  ...Array.from({ length: 20 }, (_, i) => page(`one${i}`, `It is ${i}: ${FILLER}${i}`)),
  ...Array.from({ length: 20 }, (_, i) => {
    const pair = Math.floor(i / 2);
    return page(`two${i}`, `This is number ${i}.\n.PP\nShared by ${pair}: ${FILLER}${pair}`);
  }),
];
const SIZES = { validation: 4, test: 8 };

describe('manualSummaries', () => {
  it('takes a page without its section NAME, and the line in it', () => {
    const { train, validation, test } = manualSummaries(PAGES, SIZES);
    const all = [...train, ...validation, ...test];
    expect(all).toHaveLength(40);
    const first = all.find(({ summary }) => summary === 'one3 - does one3');
    expect(first?.document).toBe(
      `DESCRIPTION\nIt is 3: ${FILLER}3\n\nAUTHOR\nThe same person wrote all of these pages in one long summer, or so it says here.`,
    );
  });

  it('shares no paragraph between training and test, except about authors', () => {
    const { train, validation, test } = manualSummaries(PAGES, SIZES);
    const shared = (part: typeof train): Set<string> =>
      new Set(part.flatMap(({ document }) => /Shared by \d+/.exec(document) ?? []));
    const learned = shared(train);
    for (const text of shared([...validation, ...test])) expect(learned.has(text)).toBe(false);
    expect(test.length).toBeGreaterThanOrEqual(8);
  });

  it('counts omitted pairs', () => {
    const others = [
      ...['.so man1/x.1', '.Dd May\n.Dt X\n.Sh NAME\n', page('short', 'No more.')],
      ...[page('x', FILLER).replace('\\-', 'or'), PAGES[0], '.SH NAME\n.SH DESCRIPTION\nNothing'],
    ];
    expect(manualSummaries([...PAGES, ...others], SIZES).leftOut).toEqual({
      ...{ alias: 1, mdoc: 1, nameless: 2, short: 1, repeated: 1 },
    });
  });
});
