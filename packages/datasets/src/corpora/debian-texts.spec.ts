import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { mkdtempSync } from 'node:fs';

import { fakeApt } from '../../test/fake-apt.js';
import {
  debianDescriptions,
  debianSummaries,
  debianTexts,
  type PackageDescription,
  parseDescriptions,
  readRStrings,
} from './debian-texts.js';

let folder: string;

const source = { kind: 'debian', package: 'r-cran-novels', entry: 'usr/lib/R/novels.rdb' } as const;

/** Stands in for a program of the system, which tests without a network cannot use. */
async function fakeProgram(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** An .rdb file of one vector of strings, as R writes it. */
function rdb(strings: readonly string[]): Buffer {
  const ints = (...values: number[]): Buffer =>
    Buffer.concat(values.map((value) => Buffer.from([0, 0, value >> 8, value & 0xff])));
  const object = Buffer.concat([
    ...[Buffer.from('X\n'), ints(3, 0, 0)],
    ...[ints(5), Buffer.from('UTF-8')],
    ints(16, strings.length),
    ...strings.flatMap((text) => [ints(0x8009, text.length), Buffer.from(text)]),
  ]);
  return Buffer.concat([ints(object.length), deflateSync(object)]);
}

describe('debianTexts', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ramble-debian-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('reads the R data of a package that apt-get downloads', async () => {
    await writeFile(join(folder, 'novels.rdb'), rdb(['EMMA', 'By Jane Austen']));
    await fakeProgram('apt-get', 'test "$*" = "download r-cran-novels" && touch novels_1_all.deb');
    await fakeProgram(
      'dpkg-deb',
      `test "$*" = "-x novels_1_all.deb files" && mkdir -p files/usr/lib/R &&
       cp "${join(folder, 'novels.rdb')}" files/usr/lib/R/`,
    );
    const environment = { PATH: [folder, process.env.PATH].join(delimiter) };
    expect(await debianTexts('austen', source, { folder, environment })).toEqual([
      'EMMA\nBy Jane Austen\n',
    ]);
  });

  it('reports that apt-get is missing', async () => {
    const environment = { PATH: folder };
    await expect(debianTexts('austen', source, { folder, environment })).rejects.toHaveProperty(
      'message',
      'austen: apt-get was not found on the PATH',
    );
  });

  it('reports the error of apt-get', async () => {
    await fakeProgram('apt-get', 'echo "E: Unable to locate package $2" >&2; exit 100');
    const environment = { PATH: folder };
    await expect(debianTexts('austen', source, { folder, environment })).rejects.toThrow(
      new Error(
        'austen: expected "apt-get download r-cran-novels" to succeed, got exit status 100: ' +
          'E: Unable to locate package r-cran-novels',
      ),
    );
  });
});

const FRENCH = `Package: 0ad
Description-md5: d943033bedada21853d2ae54a2578a7b
Description-fr: jeu de stratégie\u00a0– temps réel
 0 A.D. est un jeu
 de stratégie.
 .
 Options\u202f:
  - une
  - deux
 .

Package: 2ping
Description-md5: 00
Description-fr: ping

`;

describe('parseDescriptions', () => {
  it('reads synopses and paragraphs, each as one line with plain spaces', () => {
    expect(parseDescriptions(FRENCH)).toEqual([
      {
        key: '0ad d943033bedada21853d2ae54a2578a7b',
        synopsis: 'jeu de stratégie – temps réel',
        paragraphs: ['0 A.D. est un jeu de stratégie.', 'Options : - une - deux'],
      },
      { key: '2ping 00', synopsis: 'ping', paragraphs: [] },
    ]);
  });

  it('skips entries that are not descriptions', () => {
    expect(parseDescriptions('Package: a\nVersion: 1\n\nnothing\n')).toEqual([]);
  });
});

describe('debianDescriptions', () => {
  const fake = (): { folder: string; environment: NodeJS.ProcessEnv } => {
    const folder = mkdtempSync(join(tmpdir(), 'ramble-apt-'));
    return { folder, environment: fakeApt(folder, { fr: FRENCH }) };
  };

  it('has apt-get fetch the lists into a folder of ours', async () => {
    const [french] = await debianDescriptions('debian-en-fr', ['fr'], fake());
    expect(french.map(({ synopsis }) => synopsis)).toContain('ping');
  });

  it('reports the language without descriptions', async () => {
    await expect(debianDescriptions('debian-en-xx', ['fr', 'xx'], fake())).rejects.toThrow(
      new Error('debian-en-xx: apt-get has no descriptions in xx'),
    );
  });
});

/** Sixty packages, and thirty pairs that share a paragraph. */
const PACKAGES: readonly PackageDescription[] = [
  ...Array.from({ length: 60 }, (_, i) => ({
    key: `p${i}`,
    synopsis: `tool ${i}`,
    paragraphs: [`It is tool ${i}.`, `More of ${i}.`],
  })),
  ...Array.from({ length: 60 }, (_, i) => ({
    key: `lib${i}`,
    synopsis: `library ${i}`,
    paragraphs: [`It is part of ${Math.floor(i / 2)}.`, `The part is ${i}.`],
  })),
];
const SIZES = { validation: 6, test: 12 };

describe('debianSummaries', () => {
  it('takes paragraphs as the document and the synopsis as its summary', () => {
    const { train, validation, test, leftOut } = debianSummaries(PACKAGES, SIZES);
    const all = [...train, ...validation, ...test];
    expect(all).toHaveLength(120);
    expect(all).toContainEqual({
      document: 'It is tool 7.\n\nMore of 7.',
      summary: 'tool 7',
    });
    expect(leftOut).toEqual({ undescribed: 0, repeated: 0 });
  });

  it('has no common paragraph in training and test data', () => {
    const { train, validation, test } = debianSummaries(PACKAGES, SIZES);
    const learned = new Set(train.flatMap(({ document }) => document.split('\n\n')));
    for (const { document } of [...validation, ...test]) {
      for (const paragraph of document.split('\n\n')) expect(learned.has(paragraph)).toBe(false);
    }
    expect(test.length).toBeGreaterThanOrEqual(12);
  });

  it('leaves out packages without a description, and repetitions', () => {
    const more = [
      { key: 'q', synopsis: 'nothing to say', paragraphs: [] },
      { ...PACKAGES[0], key: 'again' },
    ];
    const { leftOut } = debianSummaries([...PACKAGES, ...more], SIZES);
    expect(leftOut).toEqual({ undescribed: 1, repeated: 1 });
  });
});

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const UTF8_STRING = 0x8009;
const LATIN1_STRING = 0x4009;

/** A string vector as R 4 serializes it. */
function vector(strings: readonly string[], { version = 3, type = 16, flags = UTF8_STRING } = {}) {
  return Buffer.concat([
    Buffer.from('X\n'),
    ...[version, 0x40201, 0x30500].map(int),
    ...[int(5), Buffer.from('UTF-8')],
    ...[int(type), int(strings.length)],
    ...strings.flatMap((text) => [int(flags), int(Buffer.byteLength(text)), Buffer.from(text)]),
  ]);
}

describe('readRStrings', () => {
  function rdb(...objects: readonly Buffer[]): Buffer {
    return Buffer.concat(objects.flatMap((bytes) => [int(bytes.length), deflateSync(bytes)]));
  }

  it('reads one vector after another', () => {
    const [emma, persuasion] = [['EMMA', '', 'By Jane Austen'], ['her £20,000']];
    expect(readRStrings('a.rdb', rdb(vector(emma), vector(persuasion), vector([])))).toEqual([
      emma,
      persuasion,
      [],
    ]);
  });

  it('reads a missing value as R prints it', () => {
    const missing = Buffer.concat([vector([]).subarray(0, -4), int(1), int(9), int(-1)]);
    expect(readRStrings('a.rdb', rdb(missing))).toEqual([['NA']]);
  });

  it.each([
    ['another format', Buffer.from('A\n3\n'), "an object in R's XDR format, got another format"],
    ['another version', vector([], { version: 2 }), 'format version (3), got 2'],
    ['a list', vector([], { type: 19 }), 'a character vector (16), got 19'],
    ['Latin-1', vector(['x'], { flags: LATIN1_STRING }), 'a UTF-8 string (9), got 16393'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readRStrings('a.rdb', rdb(bytes))).toThrow(
      new Error(`a.rdb: expected ${message}`),
    );
  });
});
