import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

import { hubEnvironment, hubToken, isSafePath, parseHubName } from './hub-environment.js';

describe('hubEnvironment', () => {
  it('finds the cache where huggingface_hub has it', () => {
    const cacheOf = (environment: NodeJS.ProcessEnv): string =>
      hubEnvironment(environment).cacheFolder;
    expect(cacheOf({ HF_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(cacheOf({ HUGGINGFACE_HUB_CACHE: '/a', HF_HOME: '/b' })).toBe('/a');
    expect(cacheOf({ HF_HOME: '/b' })).toBe(join('/b', 'hub'));
    expect(cacheOf({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'huggingface', 'hub'));
    expect(cacheOf({ XDG_CACHE_HOME: '', HF_HOME: '' })).toBe(cacheOf({}));
    expect(cacheOf({})).toBe(join(homedir(), '.cache', 'huggingface', 'hub'));
  });

  it('uses the Hub, or the mirror in HF_ENDPOINT', () => {
    expect(hubEnvironment({}).url).toBe('https://huggingface.co');
    expect(hubEnvironment({ HF_ENDPOINT: 'https://hub.example/' }).url).toBe('https://hub.example');
  });

  it.each(['hub.example', 'hub.example:8080', 'file:///etc'])(
    'refuses %s as a mirror of the Hub',
    (mirror) => {
      expect(() => hubEnvironment({ HF_ENDPOINT: mirror })).toThrow(
        new RangeError(
          `HF_ENDPOINT: expected the URL of a mirror such as https://hub.example, got ${mirror}`,
        ),
      );
    },
  );

  it.each([
    ['1', true],
    ['true', true],
    ['YES', true],
    ['0', false],
    ['', false],
  ])('reads HF_HUB_OFFLINE=%s as Python does', (HF_HUB_OFFLINE, isOffline) => {
    expect(hubEnvironment({ HF_HUB_OFFLINE }).isOffline).toBe(isOffline);
  });
});

describe('hubToken', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'ramble-token-'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const tokenOf = (environment: NodeJS.ProcessEnv): Promise<string> =>
    hubToken(hubEnvironment({ HF_HOME: home, ...environment }));

  it('is read from the environment, else from the file', async () => {
    expect(await tokenOf({})).toBe('');
    await writeFile(join(home, 'token'), 'hf_file\n');
    expect(await tokenOf({})).toBe('hf_file');
    expect(await tokenOf({ HF_TOKEN: ' hf_own ' })).toBe('hf_own');
    expect(await tokenOf({ HUGGING_FACE_HUB_TOKEN: 'hf_old' })).toBe('hf_old');
    expect(await tokenOf({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBe('');
    await writeFile(join(home, 'other'), 'hf_other');
    expect(await tokenOf({ HF_TOKEN_PATH: join(home, 'other') })).toBe('hf_other');
  });

  it('is left out of the error if it cannot be sent', async () => {
    await writeFile(join(home, 'token'), 'hf_a hf_b');
    await expect(tokenOf({})).rejects.toThrow(
      new Error(`${home}/token: expected a token such as hf_…, got other text`),
    );
    await expect(tokenOf({ HF_TOKEN_PATH: home })).rejects.toHaveProperty(
      'message',
      `${home}: expected a file, got a folder`,
    );
  });
});

describe('parseHubName', () => {
  it.each([
    ['Qwen/Qwen3-0.6B', { repository: 'Qwen/Qwen3-0.6B', revision: 'main' }],
    ['Qwen/Qwen3-0.6B@refs/pr/7', { repository: 'Qwen/Qwen3-0.6B', revision: 'refs/pr/7' }],
    ['a/b:x/W.gguf', { repository: 'a/b', revision: 'main', file: 'x/W.gguf' }],
    ['a/b@v1:Q4_K_M', { repository: 'a/b', revision: 'v1', file: 'Q4_K_M' }],
  ])('reads %s, and shows it so', (word, name) => {
    expect(parseHubName(word)).toEqual({ kind: 'models', shown: word, ...name });
  });

  it.each([
    ...['gpt2', './gpt2', '/gpt2', 'a/b/c', 'C:\\models\\gpt2', 'a/', '/b', 'a b/c', '../gpt2'],
    ...['a/b@', 'a/b:', 'a/b@../../x', 'a/b:../x.gguf', 'a/b:/x.gguf', 'a/b.git', 'a--b/c', '~/x'],
  ])('does not take %s for one', (word) => {
    expect(parseHubName(word)).toBeUndefined();
  });
});

describe('isSafePath', () => {
  it.each(['config.json', 'a/b.gguf', '.gitattributes', 'a..b'])('accepts %s', (path) => {
    expect(isSafePath(path)).toBe(true);
  });
  it.each(['', '/etc', '../x', 'a/../../x', 'a//b', 'a\\b', 'C:x', '.', 'a\0'])(
    'refuses %j',
    (path) => {
      expect(isSafePath(path)).toBe(false);
    },
  );
});
