import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { HUB_TOKEN, hubCommit, type HubModelFiles, type HubServer, startHub } from '@ramble/node/testing'; // prettier-ignore

import { fetchHubData, type HubData } from './fetch-hub-data.js';

const TEXTS = await readFile(
  fileURLToPath(new URL('../../test/fixtures/texts.parquet', import.meta.url)),
);
const CONVERTED: HubModelFiles = {
  files: {
    '.gitattributes': '',
    'default/train/0000.parquet': TEXTS,
    'default/train/0001.parquet': 'second',
    'default/test/0000.parquet': 'test',
  },
};
const WHALES: HubModelFiles = {
  licence: 'cc0-1.0',
  files: { 'README.md': '# Whales', 'whales.csv': 'text\na' },
  converted: CONVERTED,
};
const REPOSITORIES: Record<string, HubModelFiles> = {
  'datasets/melville/whales': WHALES,
  'datasets/melville/uploaded': {
    licence: 'mit',
    files: {
      'data/train-00000-of-00002.parquet': 'first',
      'data/train-00001-of-00002.parquet': 'second',
      'data/validation-00000-of-00001-0a1b2c3d4e5f.parquet': 'held out',
    },
  },
  'datasets/melville/languages': {
    files: {},
    converted: {
      files: { 'de-en/train/0000.parquet': 'de', 'fr-en/partial-train/0000.parquet': 'fr' },
    },
  },
  'datasets/melville/private': { ...WHALES, isPrivate: true },
  'datasets/melville/csv': { files: { 'a.csv': '1' } },
  'datasets/melville/outside': {
    files: {},
    converted: { files: { '../../train/0000.parquet': 'x' } },
  },
};

let home: string;
let hub: HubServer;
let offline: string | undefined;
let token: string;
let notes: string[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ramble-hub-data-'));
  hub = await startHub(REPOSITORIES);
  [offline, token, notes] = [undefined, '', []];
});
afterEach(async () => {
  await hub.close();
  await rm(home, { recursive: true });
});

function get(word: string): Promise<HubData> {
  const environment = {
    HF_ENDPOINT: hub.url,
    HF_HOME: home,
    HF_TOKEN: token,
    HF_HUB_OFFLINE: offline,
  };
  const onNote = (note: string): void => void notes.push(note);
  return fetchHubData(word, { environment, retryDelayMs: 1, onNote });
}
const folder = (name: string, commit: string): string =>
  join(home, 'hub', `datasets--melville--${name}`, 'snapshots', commit);
const messageOf = (fetched: Promise<unknown>): Promise<string> =>
  fetched.then(
    () => 'no error',
    (error: unknown) =>
      (error as Error).message.replaceAll(hub.url, 'HUB').replaceAll(home, 'HOME'),
  );

describe('fetchHubData', () => {
  it('downloads the Parquet files of a split that the Hub converted, and tells the licence', async () => {
    const commit = hubCommit(CONVERTED);
    const data = await get('hf://datasets/melville/whales:train');
    const at = (name: string): string => join(folder('whales', commit), 'default/train', name);
    expect(data).toEqual({
      name: `hf://datasets/melville/whales@${commit}/default:train`,
      paths: [at('0000.parquet'), at('0001.parquet')],
      licence: 'cc0-1.0',
    });
    expect(TEXTS.equals(await readFile(data.paths[0]))).toBe(true);
    expect(hub.requests.filter((each) => each.includes('test') || each.includes('csv'))).toEqual(
      [],
    );
    const { length } = hub.requests;
    expect(await get('hf://datasets/melville/whales')).toEqual(data);
    expect(hub.requests).toHaveLength(length + 2); // descriptions, no file
  });

  it('finds the same files by the name with the commit, without the Hub', async () => {
    const { name, paths } = await get('hf://datasets/melville/whales:train');
    offline = '1';
    const { length } = hub.requests;
    expect(await get(name)).toEqual({ name, paths });
    expect(await get('hf://datasets/melville/whales:train')).toEqual({ name, paths });
    expect(hub.requests).toHaveLength(length);
    expect(await messageOf(get('hf://datasets/melville/whales:test'))).toBe(
      'hf://datasets/melville/whales:test: expected one of its splits train, got test',
    );
    expect(await messageOf(get('hf://datasets/melville/uploaded@main'))).toBe(
      'hf://datasets/melville/uploaded@main: the data set is not in HOME/hub; unset HF_HUB_OFFLINE to download it',
    );
  });

  it.each(['0000.parquet', 'train-00001-of-00002.parquet'])(
    'refuses a split without its file %s, offline',
    async (missing) => {
      const word = missing.startsWith('0')
        ? 'hf://datasets/melville/whales'
        : 'hf://datasets/melville/uploaded@main';
      const { paths } = await get(word);
      await unlink(paths.find((path) => path.endsWith(missing))!);
      offline = '1';
      expect(await messageOf(get(word))).toBe(
        `${word}: some of its files are not in HOME/hub; unset HF_HUB_OFFLINE to download it`,
      );
    },
  );

  it('refuses a damaged file offline, and downloads it again online', async () => {
    const { paths } = await get('hf://datasets/melville/whales:test');
    await writeFile(paths[0], 'tess');
    offline = '1';
    expect(await messageOf(get('hf://datasets/melville/whales:test'))).toContain(
      'expected an intact file, got a damaged one; unset HF_HUB_OFFLINE to download it',
    );
    offline = undefined;
    await get('hf://datasets/melville/whales:test');
    expect(await readFile(paths[0], 'utf8')).toBe('test');
  });

  it("reads the data set's own Parquet files at a revision", async () => {
    const { paths, licence } = await get('hf://datasets/melville/uploaded@main:train');
    expect(paths.map((path) => path.slice(-28))).toEqual([
      'train-00000-of-00002.parquet',
      'train-00001-of-00002.parquet',
    ]);
    expect(licence).toBe('mit');
    const held = await get('hf://datasets/melville/uploaded@main:validation');
    expect(await readFile(held.paths[0], 'utf8')).toBe('held out');
  });

  it('chooses a configuration, and notes that only a part is converted', async () => {
    const { paths } = await get('hf://datasets/melville/languages/fr-en:train');
    expect(await readFile(paths[0], 'utf8')).toBe('fr');
    expect(notes).toEqual([
      'hf://datasets/melville/languages/fr-en:train: the Hub has converted the first part of this split only',
    ]);
  });

  it('sends the token', async () => {
    token = HUB_TOKEN;
    expect((await get('hf://datasets/melville/private')).paths).toHaveLength(2);
  });

  it.each([
    [
      'hf://melville/whales',
      'data: expected hf://datasets/owner/name:split, with @revision or /configuration before the colon if needed, got hf://melville/whales',
    ],
    [
      'hf://datasets/whales:train',
      'data: expected hf://datasets/owner/name:split, with @revision or /configuration before the colon if needed, got hf://datasets/whales:train',
    ],
    [
      'hf://datasets/melville/whales/../x:train',
      'data: expected hf://datasets/owner/name:split, with @revision or /configuration before the colon if needed, got hf://datasets/melville/whales/../x:train',
    ],
    [
      'hf://datasets/melville/whales:valid',
      'hf://datasets/melville/whales:valid: expected one of its splits test, train, got valid',
    ],
    [
      'hf://datasets/melville/languages:train',
      'hf://datasets/melville/languages:train: expected one of its configurations de-en, fr-en, got none; for example hf://datasets/melville/languages/de-en:train',
    ],
    [
      'hf://datasets/melville/csv',
      'hf://datasets/melville/csv: the Hub has not converted this data set to Parquet; if its own files are Parquet, name their branch: @main',
    ],
    [
      'hf://datasets/melville/csv@main',
      "hf://datasets/melville/csv@main: the data set has no Parquet files; without @main, the Hub's own are used",
    ],
    [
      'hf://datasets/melville/csv@v2',
      'hf://datasets/melville/csv@v2: expected a branch, a tag or a commit named v2, got none; see HUB/datasets/melville/csv/tree/main',
    ],
    [
      'hf://datasets/melville/outside',
      'hf://datasets/melville/outside: the data set has no Parquet files',
    ],
    [
      'hf://datasets/melville/wales',
      'hf://datasets/melville/wales: expected a data set on HUB, got none; check the name, and set HF_TOKEN if the data set is private',
    ],
  ])('explains the error about %s', async (word, message) => {
    expect(await messageOf(get(word))).toBe(message);
  });
});
