import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ByteSink } from '@ramble/core/files';
import { asNobody } from '@ramble/node/testing';

import { readText, type RunStorage } from '../storage/run-storage.js';

import { folderStorage } from './folder-storage.js';

let parent: string;
let RUN: string;
let storage: RunStorage;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ramble-run-'));
  RUN = join(parent, 'RUN');
  storage = folderStorage(RUN);
});
afterEach(() => rm(parent, { recursive: true }));

const write =
  (text: string) =>
  (sink: ByteSink): Promise<void> =>
    sink.write(new TextEncoder().encode(text));
const read = (path: string): Promise<string> => readFile(join(RUN, path), 'utf8');

describe('folderStorage', () => {
  it('does not need its folder before the first write', async () => {
    expect(await storage.list('')).toEqual([]);
    await storage.remove('a');
    expect(await readdir(parent)).toEqual([]);
    await storage.append('logs/log.jsonl', '1\n');
    await storage.writeFolder('b/c', { x: write('x'), y: write('é') });
    await storage.writeText('a', 'a');
    expect(await storage.list('')).toEqual(['a', 'b', 'logs']);
    expect(await storage.list('b/c')).toEqual(['x', 'y']);
    expect(await read('b/c/y')).toBe('é');
  });

  it('replaces a file, appends to one and removes a folder, and leaves no other files', async () => {
    await storage.writeText('a', 'old');
    await storage.writeText('a', 'new');
    await storage.append('a', 'er');
    await storage.writeFolder('b', { x: write('x') });
    await storage.remove('b');
    expect(await read('a')).toBe('newer');
    expect(await readdir(RUN)).toEqual(['a']);
  });

  it('reads any bytes of an open file', async () => {
    await storage.writeFolder('b', { x: (sink) => sink.write(Uint8Array.of(0, 1, 2, 3, 4)) });
    const file = await storage.open('b/x');
    expect(file.sizeBytes).toBe(5);
    expect([...(await file.read(1, 3))]).toEqual([1, 2, 3]);
    expect([...(await file.read(5, 0))]).toEqual([]);
    const memory = new Uint8Array(4).fill(9);
    expect([...(await file.read(1, 3, memory))]).toEqual([1, 2, 3]);
    expect([...memory]).toEqual([1, 2, 3, 9]);
    await expect(file.read(3, 3)).rejects.toThrow(
      new RangeError(`${RUN}/b/x: expected 3 bytes at 3, got a file of 5`),
    );
    await writeFile(join(RUN, 'b/x'), 'ab');
    await expect(file.read(1, 3)).rejects.toThrow(
      new RangeError(`${RUN}/b/x: expected 3 bytes at 1, got a file of 2`),
    );
    await file.close();
  });

  it('reads the whole of a file that is replaced by longer and shorter ones', async () => {
    const texts = ['short', 'a text that is longer'];
    await storage.writeText('file', texts[0]);
    const over = new AbortController();
    const writing = (async () => {
      for (let i = 0; i < 300; i++) await storage.writeText('file', texts[i % 2]);
    })().finally(() => over.abort());
    while (!over.signal.aborted) expect(texts).toContain(await readText(storage, 'file', 99));
    await writing;
  });

  it('shows no folder until all of it is written, and none when a writer throws', async () => {
    const failing = storage.writeFolder('checkpoints/1', {
      x: write('x'),
      y: async () => {
        expect(await storage.list('checkpoints')).toEqual([]);
        throw new Error('out of ideas');
      },
    });
    await expect(failing).rejects.toThrow(new Error('out of ideas'));
    expect(await readdir(join(RUN, 'checkpoints'))).toEqual([]);
  });

  it('removes the folder that it made when the first write fails', async () => {
    const fail = (): Promise<void> => Promise.reject(new Error('out of ideas'));
    await expect(storage.writeFolder('domain', { x: fail })).rejects.toThrow('out of ideas');
    expect(await readdir(parent)).toEqual([]);
    await mkdir(RUN);
    const another = folderStorage(RUN);
    await expect(another.writeFolder('domain', { x: fail })).rejects.toThrow('out of ideas');
    expect(await readdir(parent)).toEqual(['RUN']);
  });

  it('refuses to write a folder at a path that exists', async () => {
    await storage.writeFolder('a', {});
    await expect(storage.writeFolder('a', { x: write('') })).rejects.toThrow(
      new Error(`${RUN}/a: expected nothing at that path, got something`),
    );
  });

  it('removes the remains of a dead process, and nothing of a running one', async () => {
    await mkdir(join(RUN, '.partial-999999999-0/x'), { recursive: true });
    await mkdir(join(RUN, `.partial-${process.pid}-999`));
    await writeFile(join(RUN, `.partial-${process.ppid}-0`), '');
    await writeFile(join(RUN, '.partial-notes'), '');
    expect(await storage.list('')).toEqual([]);
    await storage.writeText('a', '');
    expect(await readdir(RUN)).toEqual([`.partial-${process.ppid}-0`, '.partial-notes', 'a']);
  });

  it('writes several files at once', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(names.map((name) => storage.writeText(name, name)));
    expect(await Promise.all(names.map(read))).toEqual(names);
  });
});

describe('folderStorage, on paths that lead elsewhere', () => {
  it.each(['..', '../x', 'a/../../x', '/etc/passwd', 'a//b', './a', 'a\\..\\b', 'a\0b', 'a/'])(
    'refuses %j',
    async (path) => {
      const message = `${RUN}: expected a path inside it, got ${JSON.stringify(path)}`;
      for (const operation of [
        () => storage.list(path),
        () => storage.open(path),
        () => storage.writeText(path, ''),
        () => storage.writeFolder(path, {}),
        () => storage.append(path, ''),
        () => storage.remove(path),
      ]) {
        await expect(operation()).rejects.toThrow(new RangeError(message));
      }
      expect(await readdir(parent)).toEqual([]);
    },
  );

  it('refuses a file in a folder that would be outside it', async () => {
    await expect(storage.writeFolder('a', { '../../x': write('') })).rejects.toThrow(
      new RangeError(`${RUN}: expected a path inside it, got "a/../../x"`),
    );
    expect(await readdir(parent)).toEqual([]);
  });

  it("follows no link out of a stranger's run, to read or to write", async () => {
    await mkdir(join(parent, 'home'));
    await mkdir(RUN);
    const secret = join(parent, 'home', 'secret');
    await writeFile(secret, 'secret');
    await symlink(join(parent, 'home'), join(RUN, 'checkpoints'));
    await symlink(secret, join(RUN, 'best.json'));
    await symlink(join(parent, 'home', 'new'), join(RUN, 'log.jsonl'));
    await expect(storage.open('best.json')).rejects.toThrow(
      new RangeError(`${RUN}: expected best.json inside it, got a link to ${secret}`),
    );
    await expect(storage.append('best.json', 'x')).rejects.toThrow('got a link to');
    await expect(storage.writeFolder('checkpoints/1/2', {})).rejects.toThrow('got a link to');
    await expect(storage.list('checkpoints')).rejects.toThrow('got a link to');
    await expect(storage.append('log.jsonl', 'x')).rejects.toHaveProperty(
      'message',
      `${RUN}/log.jsonl: expected a file, got a link`,
    );
    expect(await readdir(join(parent, 'home'))).toEqual(['secret']);
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  it('may itself be a link', async () => {
    await mkdir(join(parent, 'disk'));
    await symlink(join(parent, 'disk'), RUN);
    await storage.writeText('a', 'a');
    expect(await storage.list('')).toEqual(['a']);
    expect(await readdir(join(parent, 'disk'))).toEqual(['a']);
  });
});

describe('folderStorage, when the system refuses', () => {
  it('rejects a missing file and a folder in place of a file with an error that names which', async () => {
    await storage.writeFolder('a', {});
    await expect(storage.open('b')).rejects.toHaveProperty(
      'message',
      `${RUN}/b: expected a file, got nothing at that path`,
    );
    await expect(storage.open('a')).rejects.toHaveProperty(
      'message',
      `${RUN}/a: expected a file, got a folder`,
    );
  });

  it('rejects a file in place of a folder with an error that names it', async () => {
    await writeFile(RUN, '');
    await expect(storage.list('')).rejects.toHaveProperty(
      'message',
      `${RUN}: expected a folder, got a file`,
    );
    await expect(storage.writeText('run.json', '')).rejects.toHaveProperty(
      'message',
      `${RUN}/run.json: expected only folders in the path before it, got a file`,
    );
  });

  it('rejects operations without permission, and changes nothing', async () => {
    await mkdir(RUN, { mode: 0o555 });
    await asNobody(async () => {
      for (const operation of [
        storage.writeText('a', ''),
        storage.writeFolder('a', {}),
        storage.append('a', ''),
      ]) {
        await expect(operation).rejects.toHaveProperty(
          'message',
          `${RUN}/a: expected permission to use it, got permission denied`,
        );
      }
    });
    expect(await readdir(RUN)).toEqual([]);
  });

  (process.platform === 'win32' ? it.skip : it)('does not wait for a pipe', async () => {
    await mkdir(RUN);
    execFileSync('mkfifo', [join(RUN, 'run.json')]);
    await expect(storage.open('run.json')).rejects.toThrow(
      new Error(`${RUN}/run.json: expected a file, got a pipe or a device`),
    );
  });
});
