import { readWhole, type RunStorage, withFile } from '../storage/run-storage.js';

import { type LogEntry, LOG_PATH, MAX_LOG_BYTES, parseLogLine, readLog } from './run-log.js';

/** TensorBoard tags of the values in the log, named as by Hugging Face's Trainer. */
const TAGS: Readonly<Record<Exclude<keyof LogEntry, 'step' | 'elapsedSeconds'>, string>> = {
  loss: 'train/loss',
  learningRate: 'train/learning_rate',
  gradientNorm: 'train/grad_norm',
  rewardMargin: 'train/reward_margin',
  rewardAccuracy: 'train/reward_accuracy',
  tokensPerSecond: 'train/tokens_per_second',
  peakShare: 'train/peak_share',
  waitedShare: 'train/waited_share',
  summedBytes: 'train/summed_bytes',
  validationLoss: 'eval/loss',
  validationScore: 'eval/score',
  inductionScore: 'eval/induction',
};

/**
 * Pattern of the name of an event file, which contains the file's time in seconds: TensorBoard looks for `tfevents`
 * in names, and reads a folder's files in alphabetical order.
 */
const NAME = /^events\.out\.tfevents\.(\d{10,})\.ramble$/;

/**
 * Returns a storage that also writes each entry of the log to an event file of TensorBoard. The first entry begins a
 * new event file, which brings TensorBoard in line with the log: entries that the log no longer has are voided, and
 * entries that older event files lack are repeated.
 *
 * @param now - Returns the time in ms since 1970.
 * @see TensorFlow's event.proto and summary.proto, and "TFRecord and tf.train.Example" in its guide.
 */
export function withEventFiles(storage: RunStorage, now: () => number = Date.now): RunStorage {
  let path: string | undefined;
  return {
    ...storage,
    append: async (appended, content) => {
      if (appended !== LOG_PATH) return storage.append(appended, content);
      path ??= await beginFile(storage, now());
      await storage.append(appended, content);
      const entry = parseLogLine(String(content).trimEnd());
      if (entry) await storage.append(path, eventRecord(now(), entry));
    },
  };
}

/**
 * Begins an event file with the entries of the log that the older files lack.
 *
 * @returns the path of the file.
 */
async function beginFile(storage: RunStorage, nowMs: number): Promise<string> {
  const older = (await storage.list('')).filter((name) => NAME.test(name));
  const newest = older.at(-1);
  const written = newest === undefined ? 0 : await lastStep(storage, newest);
  const log = await readLog(storage, () => undefined);
  const last = log.at(-1);
  const from = Math.min(written, last?.step ?? 0);
  // Later than the older files also if the clock was set back, since their names are read in order.
  const seconds = Math.max(
    Math.floor(nowMs / 1000),
    Number(NAME.exec(newest ?? '')?.[1] ?? -1) + 1,
  );
  const path = `events.out.tfevents.${String(seconds).padStart(10, '0')}.ramble`;
  const endSeconds = last?.elapsedSeconds ?? 0;
  const records = log
    .filter(({ step }) => step >= from)
    .map((entry) => {
      // The log has no times of the clock, so pauses between two calls are not seen.
      const agoSeconds = endSeconds - (entry.elapsedSeconds ?? endSeconds);
      return eventRecord(nowMs - 1000 * agoSeconds, entry);
    });
  const version = bytesField(3, utf8('brain.Event:2'));
  // Of a status of START, readers drop the events of this step and of later ones.
  const start = bytesField(7, varintField(1, 1));
  await storage.append(
    path,
    join([eventOf(nowMs, from, version), eventOf(nowMs, from, start), ...records]),
  );
  return path;
}

function eventRecord(timeMs: number, entry: LogEntry): Uint8Array {
  const values = Object.entries(TAGS).flatMap(([name, tag]) => {
    const value = entry[name as keyof LogEntry]; // the keys of the table
    if (value === undefined) return [];
    return bytesField(1, [...bytesField(1, utf8(tag)), ...field(2, 5), ...float32(value)]);
  });
  return eventOf(timeMs, entry.step, bytesField(5, values));
}

/**
 * Returns an event as a TFRecord record. The fields of its time and its step come first, because `lastStep` expects
 * them there.
 */
function eventOf(timeMs: number, step: number, content: readonly number[]): Uint8Array {
  const stepField = step === 0 ? [] : varintField(2, step); // as protocol buffers leave out zeros
  return record([...field(1, 1), ...float64(timeMs / 1000), ...stepField, ...content]);
}

/**
 * Returns the step of the last complete event in a file; 0 if it has none. If a process was killed, its last event may
 * be cut off.
 */
async function lastStep(storage: RunStorage, path: string): Promise<number> {
  const bytes = await withFile(storage, path, (file) => readWhole(file, MAX_LOG_BYTES));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let step = 0;
  for (let at = 0, end; at + 16 <= bytes.length; at = end) {
    end = at + 16 + view.getUint32(at, true);
    const content = bytes.subarray(at + 12, end - 4);
    // Readers stop at the first record that is broken.
    if (end > bytes.length || !isEqual(record(content), bytes.subarray(at, end))) break;
    step = stepOf(content);
  }
  return step;
}

/** Returns the step of an encoded event. The event begins with nine bytes of time; the step follows, unless it is 0. */
function stepOf(event: Uint8Array): number {
  const digits = event.subarray(10, 10 + 8);
  const length = event[9] === field(2, 0)[0] ? 1 + digits.findIndex((byte) => byte < 128) : 0;
  return digits.subarray(0, length).reduceRight((step, byte) => step * 128 + (byte & 127), 0);
}

/** Frames bytes as a record of a TFRecord file: length, its checksum, the bytes, their checksum. */
function record(content: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(16 + content.length);
  const view = new DataView(bytes.buffer);
  const end = 12 + content.length;
  bytes.set(content, 12);
  view.setUint32(0, content.length, true);
  view.setUint32(8, maskedCrc(bytes.subarray(0, 8)), true);
  view.setUint32(end, maskedCrc(bytes.subarray(12, end)), true);
  return bytes;
}

/** Lookup table of CRC-32C (Castagnoli) with reflected bits, by byte. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte;
});

function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = REMAINDERS[(crc ^ byte) & 255] ^ (crc >>> 8);
  crc = ~crc;
  return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
}

/** Returns the key of a field of a protocol buffer. */
function field(number: number, wireType: number): number[] {
  return [number * 8 + wireType];
}

function varintField(number: number, value: number): number[] {
  return [...field(number, 0), ...varint(value)];
}

function bytesField(number: number, bytes: readonly number[]): number[] {
  return [...field(number, 2), ...varint(bytes.length), ...bytes];
}

/**
 * Encodes an integer as a varint of protocol buffers: seven bits in each byte, the lowest first. It uses no bitwise
 * operators, because they would truncate a step to 32 bits.
 */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}

function float32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return new Uint8Array(view.buffer);
}

function float64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}

function utf8(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
  parts.reduce((at, part) => (joined.set(part, at), at + part.length), 0);
  return joined;
}
