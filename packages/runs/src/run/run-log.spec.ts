import { memoryStorage } from '../storage/run-storage.js';
import {
  appendLog,
  appendSamples,
  type LogEntry,
  readLog,
  readSamples,
  trimLog,
} from './run-log.js';

const entries: readonly LogEntry[] = [
  { step: 10, loss: 3.5, learningRate: 1e-3, gradientNorm: 1.25, tokensPerSecond: 900 },
  { step: 20, validationLoss: 3.25, elapsedSeconds: 12.5 },
];

describe('appendLog', () => {
  it('leaves out values that were not measured', async () => {
    const storage = memoryStorage('RUN');
    await appendLog(storage, { ...entries[1], validationScore: undefined });
    expect(await readLog(storage)).toEqual([entries[1]]);
  });

  it.each([
    [{ step: 10, validationLoss: NaN }, 'validationLoss: expected a number, got NaN'],
    [{ step: 10, tokensPerSecond: Infinity }, 'tokensPerSecond: expected a number, got Infinity'],
    [{ step: 0.5 }, 'step: expected an integer of at least 0, got 0.5'],
  ])('refuses %j, which could not be read again', async (entry, message) => {
    const storage = memoryStorage('RUN');
    await expect(appendLog(storage, entry)).rejects.toThrow(new RangeError(message));
    expect(await readLog(storage)).toEqual([]);
  });
});

describe('readLog', () => {
  it('returns the logged entries in order', async () => {
    const storage = memoryStorage('RUN');
    expect(await readLog(storage)).toEqual([]);
    for (const entry of entries) await appendLog(storage, entry);
    expect(await readLog(storage)).toEqual(entries);
  });

  it('passes over a last line that was cut short', async () => {
    const storage = memoryStorage('RUN');
    await appendLog(storage, entries[0]);
    await storage.append('log.jsonl', '{"step":20,"lo');
    expect(await readLog(storage)).toEqual([entries[0]]);
  });

  it.each([
    ['{"step":"1"}', 'step: expected an integer of at least 0, got "1"'],
    ['{"loss":1}', 'step: expected an integer of at least 0, got nothing'],
    ['{"step":1,"loss":null}', 'loss: expected a number, got null'],
    ['step 1', 'expected JSON, got "step 1"'],
  ])('names the line %s', async (line, message) => {
    const storage = memoryStorage('RUN');
    await appendLog(storage, entries[0]);
    await storage.append('log.jsonl', `${line}\n`);
    await expect(readLog(storage)).rejects.toHaveProperty(
      'message',
      `RUN/log.jsonl line 2: ${message}`,
    );
  });
});

describe('readLog and trimLog, of a log with broken lines', () => {
  it('pass over them and say which they are', async () => {
    const storage = memoryStorage('RUN');
    const lines = ['{"step":1}', 'x', '{"step":2}', '', '{"loss":1}', '{}', '{"step":3}', ''];
    await storage.writeText('log.jsonl', lines.join('\n'));
    const messages: string[] = [];
    expect(await readLog(storage, (what) => messages.push(what))).toEqual(
      [1, 2, 3].map((step) => ({ step })),
    );
    const what =
      'RUN/log.jsonl: expected entries of a log, got something else in lines 2, 4, 5 and 1 more';
    expect(messages).toEqual([what]);
    expect(await trimLog(storage, 9)).toBe(what);
    expect(await trimLog(storage, 9)).toBeUndefined();
    expect(await readLog(storage)).toHaveLength(3);
  });

  it('name the line that is not UTF-8, and trim it', async () => {
    const storage = memoryStorage('RUN');
    const bytes = Uint8Array.from([...new TextEncoder().encode('{"step":1}\n{"step":2}\n')]);
    bytes[3] = 0xff;
    await storage.writeFolder('log', { 'log.jsonl': (sink) => sink.write(bytes) });
    await storage.move('log/log.jsonl', 'log.jsonl');
    await expect(readLog(storage)).rejects.toHaveProperty(
      'message',
      'RUN/log.jsonl line 1: expected text in UTF-8',
    );
    expect(await trimLog(storage, 9)).toBe(
      'RUN/log.jsonl: expected entries of a log, got something else in line 1',
    );
    expect(await readLog(storage)).toEqual([{ step: 2 }]);
  });
});

describe('trimLog', () => {
  it('writes nothing if no entry must be removed', async () => {
    const storage = memoryStorage('RUN');
    await trimLog(storage, 10);
    expect(await storage.list('')).toEqual([]);
    for (const entry of entries) await appendLog(storage, entry);
    await trimLog({ ...storage, writeText: () => Promise.reject(new Error('written')) }, 20);
    expect(await readLog(storage)).toEqual(entries);
  });

  it('drops later steps', async () => {
    const storage = memoryStorage('RUN');
    for (const entry of entries) await appendLog(storage, entry);
    await trimLog(storage, 19);
    expect(await readLog(storage)).toEqual([entries[0]]);
  });

  it.each(['{"st', '\0\0\0\n{"step":19}\n'])('drops broken lines: %j', async (broken) => {
    const storage = memoryStorage('RUN');
    for (const entry of entries) await appendLog(storage, entry);
    await storage.append('log.jsonl', broken);
    await trimLog(storage, 20);
    await appendLog(storage, { step: 21 });
    expect(await readLog(storage)).toEqual([...entries, { step: 21 }]);
  });
});

describe('the samples of a run', () => {
  it('are added to, and read in order, each once', async () => {
    const storage = memoryStorage('run');
    expect(await readSamples(storage)).toEqual([]);
    await appendSamples(storage, []);
    expect(await storage.list('')).toEqual([]);
    const first = { step: 10, output: '<b>call me</b>\n\u2028' };
    const second = { step: 20, prompt: 'call', output: '', reference: 'me' };
    await appendSamples(storage, [first]);
    await appendSamples(storage, [second]);
    expect(await readSamples(storage)).toEqual([first, second]);
    await appendSamples(storage, [second]);
    expect(await readSamples(storage)).toEqual([first, second]);
  });

  it('skip lines that are not samples', async () => {
    const storage = memoryStorage('run');
    await storage.writeText(
      'samples.jsonl',
      '{"step":1,"output":"a"}\n[]\n{"step":"1","output":"a"}\n{"step":1}\n{"step":1,"output":"a","prompt":1}\n{"step":2,"ou',
    );
    expect(await readSamples(storage)).toEqual([{ step: 1, output: 'a' }]);
  });
});
