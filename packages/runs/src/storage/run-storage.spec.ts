import { memoryStorage, readJson, readText, type RunStorage } from './run-storage.js';

async function storageWith(content: string | Uint8Array): Promise<RunStorage> {
  const storage = memoryStorage('RUN');
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await storage.writeFolder('a', { b: (sink) => sink.write(bytes) });
  return storage;
}

describe('readText', () => {
  it('gives the file to the last byte, a byte order mark too', async () => {
    expect(await readText(await storageWith('\ufeffé\n'), 'a/b', 9)).toBe('\ufeffé\n');
  });

  it('does not read a file that is larger than it should be, or no text', async () => {
    await expect(readText(await storageWith('1234'), 'a/b', 3)).rejects.toHaveProperty(
      'message',
      'RUN/a/b: expected at most 3 bytes, got 4',
    );
    await expect(readText(await storageWith(Uint8Array.of(0xff)), 'a/b', 3)).rejects.toHaveProperty(
      'message',
      'RUN/a/b: expected text in UTF-8',
    );
  });
});

describe('readJson', () => {
  it.each([
    ['', 'expected JSON, got nothing'],
    ['{"step": 1', 'expected JSON, got "{\\"step\\": 1"'],
    ['[1]', 'expected a JSON object, got "[1]"'],
    ['null', 'expected a JSON object, got "null"'],
    [`"${'x'.repeat(99)}"`, `expected a JSON object, got "\\"${'x'.repeat(39)}…"`],
  ])('refuses %s', async (text, message) => {
    await expect(readJson(await storageWith(text), 'a/b')).rejects.toHaveProperty(
      'message',
      `RUN/a/b: ${message}`,
    );
  });
});

const write = (text: string) => (sink: { write(bytes: Uint8Array): Promise<void> }) =>
  sink.write(new TextEncoder().encode(text));

describe('memoryStorage', () => {
  it('lists files and folders once, sorted, and no hidden ones', async () => {
    const storage = memoryStorage();
    await storage.writeText('.DS_Store', '');
    await storage.writeFolder('b/c', { y: write(''), x: write('') });
    await storage.writeText('a', '');
    expect(await storage.list('')).toEqual(['a', 'b']);
    expect(await storage.list('b')).toEqual(['c']);
    expect(await storage.list('b/c')).toEqual(['x', 'y']);
    expect(await storage.list('nothing')).toEqual([]);
  });

  it('returns what was written, replaced and appended', async () => {
    const storage = memoryStorage();
    await storage.writeText('a', 'old');
    await storage.writeText('a', 'né');
    await storage.append('a', 'w');
    await storage.append('log', '1\n');
    expect(await readText(storage, 'a', 9)).toBe('néw');
    expect(await readText(storage, 'log', 9)).toBe('1\n');
  });

  it('contains the files that it was given', async () => {
    const bytes = new TextEncoder().encode('{}');
    const storage = memoryStorage('RUN', { 'run.json': bytes, 'domain/dna.json': bytes });
    expect(await storage.list('')).toEqual(['domain', 'run.json']);
    expect(await readText(storage, 'domain/dna.json', 9)).toBe('{}');
  });

  it('keeps nothing of a folder whose writer throws, and no array of its writer', async () => {
    const storage = memoryStorage();
    const failing = storage.writeFolder('a', {
      one: write('1'),
      two: () => Promise.reject(new Error('full')),
    });
    await expect(failing).rejects.toThrow('full');
    expect(await storage.list('')).toEqual([]);

    await storage.writeFolder('a', {
      one: async (sink) => {
        const reused = Uint8Array.of(65);
        await sink.write(reused);
        reused[0] = 66;
        await sink.write(reused);
      },
    });
    expect(await readText(storage, 'a/one', 9)).toBe('AB');
  });

  it('removes a folder with all that is in it, and only that', async () => {
    const storage = memoryStorage();
    await storage.writeFolder('a', { one: write('1') });
    await storage.writeText('ab', '');
    await storage.remove('a');
    await storage.remove('nothing');
    expect(await storage.list('')).toEqual(['ab']);
  });

  it('refuses to overwrite a folder, and to open a folder as a file', async () => {
    const storage = memoryStorage('RUN');
    await storage.writeFolder('a', { one: write('1') });
    await expect(storage.writeFolder('a', {})).rejects.toThrow(
      new Error('RUN/a: expected nothing at that path, got something'),
    );
    await expect(storage.open('a')).rejects.toThrow(
      new Error('RUN/a: expected a file, got a folder'),
    );
    await expect(storage.open('b')).rejects.toThrow(
      new Error('RUN/b: expected a file, got nothing at that path'),
    );
  });
});
