import { memoryStorage } from './memory-storage.js';
import { readJson, readText, type RunStorage } from './run-storage.js';

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
