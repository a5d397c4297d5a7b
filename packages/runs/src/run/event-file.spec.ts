import { readFileSync } from 'node:fs';

import { memoryStorage, type RunStorage } from '../storage/run-storage.js';
import { withEventFiles } from './event-file.js';
import { appendLog, type LogEntry, trimLog } from './run-log.js';

const FIXTURES = new URL('../../fixtures/tensorboard/', import.meta.url);
const START_MS = 1_764_700_000_250;

interface Scalar {
  readonly step: number;
  readonly tag: string;
  readonly value: number;
  readonly seconds: number;
}

/** Reads the numbers in event files as TensorBoard does, which drops events from the step of a START on. */
async function readScalars(storage: RunStorage): Promise<Scalar[]> {
  let scalars: Scalar[] = [];
  for (const name of await eventFiles(storage)) {
    for (const event of records(await bytesOf(storage, name))) {
      const fields = fieldsOf(event);
      const [step, seconds] = [Number(fields.get(2)?.[0] ?? 0), doubleOf(fields.get(1)?.[0])];
      if (fields.has(7)) scalars = scalars.filter((scalar) => scalar.step < step);
      for (const value of fieldsOf(bytes(fields.get(5)?.[0])).get(1) ?? []) {
        const [[tag], [number]] = [1, 2].map((key) => fieldsOf(bytes(value)).get(key) ?? []);
        const view = new DataView(bytes(number).slice().buffer);
        scalars.push({
          ...{ step, seconds, tag: new TextDecoder().decode(bytes(tag)) },
          value: view.getFloat32(0, true),
        });
      }
    }
  }
  return scalars;
}

type Field = number | Uint8Array;
const bytes = (field?: Field): Uint8Array =>
  field instanceof Uint8Array ? field : new Uint8Array();
const doubleOf = (field?: Field): number =>
  new DataView(bytes(field).slice().buffer).getFloat64(0, true);

/** The whole records of a TFRecord file. The bytes of a fixture check the checksums. */
function* records(file: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 12 <= file.length;) {
    const end = at + 12 + Number(view.getBigUint64(at, true));
    if (end + 4 > file.length) return;
    yield file.subarray(at + 12, end);
    at = end + 4;
  }
}

/** The fields of a protocol buffer, by their numbers. */
function fieldsOf(message: Uint8Array): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = message[at++];
      value += (byte % 128) * unit;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const size = { 0: 0, 1: 8, 5: 4 }[key % 8] ?? varint();
    const value = key % 8 === 0 ? varint() : message.subarray(at, (at += size));
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), value]);
  }
  return fields;
}

async function eventFiles(storage: RunStorage): Promise<string[]> {
  return (await storage.list('')).filter((name) => name.includes('tfevents'));
}

async function bytesOf(storage: RunStorage, path: string): Promise<Uint8Array> {
  const file = await storage.open(path);
  return file.read(0, file.sizeBytes);
}

async function stepsOf(storage: RunStorage): Promise<number[]> {
  return (await readScalars(storage)).map(({ step }) => step);
}

/** Logs losses of steps; each is the step's number. */
async function logSteps(storage: RunStorage, ...steps: readonly number[]): Promise<void> {
  for (const step of steps) await appendLog(storage, { step, loss: step, elapsedSeconds: step });
}

describe('withEventFiles', () => {
  it("writes a log to the bytes of tensorboard's own writer", async () => {
    const storage = memoryStorage('RUN');
    let now = START_MS;
    let calls = 0;
    const mirrored = withEventFiles(storage, () => (calls++ === 0 ? now : (now += 1000)));
    const lines = readFileSync(new URL('log.jsonl', FIXTURES), 'utf8').trim().split('\n');
    for (const line of lines) await appendLog(mirrored, JSON.parse(line) as LogEntry);
    expect(await eventFiles(storage)).toEqual(['events.out.tfevents.1764700000.ramble']);
    const written = await bytesOf(storage, 'events.out.tfevents.1764700000.ramble');
    expect(Buffer.from(written)).toEqual(readFileSync(new URL('events', FIXTURES)));
  });

  it('continues in a new file, which voids steps that the log has lost', async () => {
    const storage = memoryStorage('RUN');
    await logSteps(withEventFiles(storage), 10, 20, 30);
    await trimLog(storage, 25);
    await logSteps(withEventFiles(storage), 30, 40);
    expect(await eventFiles(storage)).toHaveLength(2);
    expect(await stepsOf(storage)).toEqual([10, 20, 30, 40]);
  });

  it('begins with the entries that were logged without it, at the times of their training', async () => {
    const storage = memoryStorage('RUN');
    await logSteps(storage, 10, 20);
    await logSteps(
      withEventFiles(storage, () => START_MS),
      30,
    );
    expect((await readScalars(storage)).map(({ step, seconds }) => [step, seconds])).toEqual([
      [10, 1_764_699_990.25],
      [20, 1_764_700_000.25],
      [30, 1_764_700_000.25],
    ]);
    await logSteps(storage, 40);
    await logSteps(withEventFiles(storage), 50);
    expect(await stepsOf(storage)).toEqual([10, 20, 30, 40, 50]);
  });

  it.each([
    ['an event that was cut short', (file: Uint8Array) => file.subarray(0, -5)],
    ['a flipped bit', (file: Uint8Array) => file.map((byte, i) => (i === 200 ? byte ^ 4 : byte))],
    ['no bytes', () => new Uint8Array()],
  ])('repeats what a file with %s has lost', async (_, damage) => {
    const storage = memoryStorage('RUN');
    await logSteps(withEventFiles(storage), 10, 20, 30, 300);
    const [name] = await eventFiles(storage);
    const damaged = damage(await bytesOf(storage, name));
    await storage.remove(name);
    await storage.append(name, damaged);
    await logSteps(withEventFiles(storage), 310);
    const { step, value } = (await readScalars(storage)).at(-2) ?? {};
    expect([step, value]).toEqual([300, 300]);
    expect((await stepsOf(storage)).slice(-2)).toEqual([300, 310]);
  });

  it('names a new file after the older ones when the clock was set back', async () => {
    const storage = memoryStorage('RUN');
    await logSteps(
      withEventFiles(storage, () => START_MS),
      10,
    );
    await logSteps(
      withEventFiles(storage, () => 5),
      20,
    );
    expect(await eventFiles(storage)).toEqual([
      'events.out.tfevents.1764700000.ramble',
      'events.out.tfevents.1764700001.ramble',
    ]);
  });

  it('leaves event files of other programs alone', async () => {
    const storage = memoryStorage('RUN');
    const other = 'events.out.tfevents.1764700009.host.7.0';
    await storage.append(other, 'x');
    await logSteps(
      withEventFiles(storage, () => START_MS),
      10,
    );
    expect(await eventFiles(storage)).toEqual(['events.out.tfevents.1764700000.ramble', other]);
    expect(await bytesOf(storage, other)).toEqual(Uint8Array.of(120));
  });
});
