import { checkSetting } from '../config/check-settings.js';
import { named } from './named.js';
import type { RunStorage } from './run-storage.js';
import { type JsonObject, parseObject, readText } from './stored-text.js';

/** One line of log.jsonl. */
export interface LogEntry {
  readonly step: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  /** Of outputs for the validation data. */
  readonly validationScore?: number;
  readonly learningRate?: number;
  readonly gradientNorm?: number;
  readonly tokensPerSecond?: number;
  /** Of the operations a second that the engine reaches at most. */
  readonly peakShare?: number;
  readonly elapsedSeconds?: number;
}

const PATH = 'log.jsonl';
/** A million lines. */
const MAX_LOG_BYTES = 2 ** 28;

/**
 * Adds a line to a run's log.
 *
 * @throws RangeError or TypeError for what is no number: JSON has none, and `readLog` none either.
 */
export async function appendLog(storage: RunStorage, entry: LogEntry): Promise<void> {
  checkEntry({ ...entry });
  await storage.appendText(PATH, `${JSON.stringify(entry)}\n`);
}

/**
 * A run's log, in order. A last line that was cut short does not count.
 *
 * @throws TypeError or RangeError with the number of a line that is no entry.
 */
export async function readLog(storage: RunStorage): Promise<LogEntry[]> {
  const lines = (await readLogText(storage)).split('\n').slice(0, -1);
  return lines.map((line, i) =>
    named(`${storage.name}/${PATH} line ${i + 1}`, () => parseLine(line)),
  );
}

/**
 * Drops what was logged after a step, so that a resumed run logs no step twice; and all from a line
 * on that the end of a process or of the power left broken.
 */
export async function trimLog(storage: RunStorage, step: number): Promise<void> {
  const text = await readLogText(storage);
  const kept: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const logged = stepOf(line);
    if (logged === undefined) break;
    if (logged <= step) kept.push(`${line}\n`);
  }
  if (kept.join('') !== text) await storage.writeText(PATH, kept.join(''));
}

async function readLogText(storage: RunStorage): Promise<string> {
  const isThere = (await storage.list('')).includes(PATH);
  return isThere ? readText(storage, PATH, MAX_LOG_BYTES) : '';
}

function stepOf(line: string): number | undefined {
  try {
    return parseLine(line).step;
  } catch {
    return undefined;
  }
}

function parseLine(line: string): LogEntry {
  const entry = parseObject(line);
  checkEntry(entry);
  return entry as unknown as LogEntry; // all of them numbers
}

/** @throws RangeError or TypeError that names a field that is no number. */
function checkEntry({ step, ...numbers }: JsonObject): void {
  checkSetting('step', { kind: 'integer', min: 0, description: 'Updates done.' }, step);
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined) continue; // it was not measured
    checkSetting(name, { kind: 'number', description: 'What was measured.' }, value);
  }
}
