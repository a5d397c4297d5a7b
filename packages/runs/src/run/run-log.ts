import { checkSetting } from '@ramble/core/app';
import { isObject, type JsonObject, named, parseObject, tryParseJson } from '@ramble/core/files';

import { readWhole, type RunStorage, withFile } from '../storage/run-storage.js';

/** A line of log.jsonl. */
export interface LogEntry {
  readonly step: number;
  readonly loss?: number;
  readonly validationLoss?: number;
  /**
   * Score of the model's outputs for the validation data; with a preference loss, the fraction of pairs whose chosen
   * answer has the higher reward. Higher is better.
   */
  readonly validationScore?: number;
  /** Highest induction score of any attention head, from 0 to 1, if the training measures it. */
  readonly inductionScore?: number;
  readonly learningRate?: number;
  readonly gradientNorm?: number;
  /** Mean reward of chosen answers minus mean reward of rejected ones, if trained on preferences. */
  readonly rewardMargin?: number;
  /**
   * Fraction of the pairs whose chosen answer has a higher reward than the rejected one, if trained on preferences.
   */
  readonly rewardAccuracy?: number;
  readonly tokensPerSecond?: number;
  /** Fraction of the engine's peak floating-point operations per second that the training reached. */
  readonly peakShare?: number;
  /** Fraction of the training time that rank 0 waited for all-reduce. */
  readonly waitedShare?: number;
  /** Bytes that each rank has passed to all-reduce since the previous entry. */
  readonly summedBytes?: number;
  readonly elapsedSeconds?: number;
}

/** Path of the log in a run. */
export const LOG_PATH = 'log.jsonl';
/** Maximum size of a log in bytes, enough for about a million lines. */
export const MAX_LOG_BYTES = 2 ** 28;

/**
 * Adds a line to a run's log.
 *
 * @throws RangeError or TypeError for values that are not finite numbers, which JSON cannot represent.
 */
export async function appendLog(storage: RunStorage, entry: LogEntry): Promise<void> {
  checkEntry({ ...entry });
  await storage.append(LOG_PATH, `${JSON.stringify(entry)}\n`);
}

/**
 * Reads a run's log, in order. An incomplete last line is ignored.
 *
 * @param onBroken - Called with a sentence that names the lines that are not entries and were skipped.
 * @throws TypeError or RangeError with the number of a line that is not an entry, unless `onBroken` is given.
 */
export async function readLog(
  storage: RunStorage,
  onBroken?: (what: string) => void,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  const broken: number[] = [];
  (await readLogText(storage))
    .split('\n')
    .slice(0, -1)
    .forEach((line, i) => {
      const entry = named(`${storage.name}/${LOG_PATH} line ${i + 1}`, () =>
        onBroken ? parseLogLine(line) : parseLine(line),
      );
      if (entry) entries.push(entry);
      else broken.push(i + 1);
    });
  if (broken.length > 0) onBroken?.(linesText(storage, broken));
  return entries;
}

/**
 * Removes entries after a step, so that a resumed run logs no step twice, and lines that a killed process or a power
 * failure left broken.
 *
 * @returns a sentence that names the broken lines; `undefined` if no line is broken.
 */
export async function trimLog(storage: RunStorage, step: number): Promise<string | undefined> {
  const text = await readLogText(storage);
  const kept: string[] = [];
  const broken: number[] = [];
  let last = 0;
  const lines = text.split('\n');
  lines.forEach((line, i) => {
    if (line === '' && i === lines.length - 1) return; // after the last line break
    const entry = i === lines.length - 1 ? undefined : parseLogLine(line);
    // After a power failure, old contents of the disk may follow.
    if (!entry || (broken.length > 0 && entry.step < last)) {
      broken.push(i + 1);
      return;
    }
    last = entry.step;
    if (last <= step) kept.push(`${line}\n`);
  });
  if (kept.join('') !== text) await storage.writeText(LOG_PATH, kept.join(''));
  return broken.length > 0 ? linesText(storage, broken) : undefined;
}

/** Reads the log as text. Bytes that are not UTF-8 become U+FFFD, which no entry contains. */
async function readLogText(storage: RunStorage): Promise<string> {
  if (!(await storage.list('')).includes(LOG_PATH)) return '';
  const bytes = await withFile(storage, LOG_PATH, (file) => readWhole(file, MAX_LOG_BYTES));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function linesText({ name }: RunStorage, lines: readonly number[]): string {
  const shown = lines.slice(0, 3).join(', ');
  const more = lines.length > 3 ? ` and ${lines.length - 3} more` : '';
  const of = lines.length > 1 ? 'lines' : 'line';
  return `${name}/${LOG_PATH}: expected entries of a log, got something else in ${of} ${shown}${more}`;
}

/**
 * Reads a line of a log.
 *
 * @param line - A line without its line break.
 * @returns `undefined` if the line is not an entry.
 */
export function parseLogLine(line: string): LogEntry | undefined {
  try {
    return parseLine(line);
  } catch {
    return undefined;
  }
}

function parseLine(line: string): LogEntry {
  if (line.includes('\ufffd')) throw new TypeError('expected text in UTF-8');
  const entry = parseObject(line);
  checkEntry(entry);
  return entry as unknown as LogEntry; // all of them numbers
}

/** @throws RangeError or TypeError that names a field that is not a number. */
function checkEntry({ step, ...numbers }: JsonObject): void {
  checkSetting('step', { kind: 'integer', min: 0, description: 'Number of updates done.' }, step);
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined) continue; // it was not measured
    checkSetting(name, { kind: 'number', description: 'Measured value.' }, value);
  }
}

/** A line of samples.jsonl: an output of the model that was trained. */
export interface RunSample {
  /** Number of updates of the model's parameters before the output was generated. */
  readonly step: number;
  /** The prompt as text; absent if the output begins a document. */
  readonly prompt?: string;
  readonly output: string;
  /** The reference output in the data, if it has one. */
  readonly reference?: string;
}

const SAMPLES_PATH = 'samples.jsonl';
/** Maximum size of samples.jsonl in bytes, enough for tens of thousands of samples. */
const MAX_SAMPLES_BYTES = 2 ** 25;

/** Appends samples to a run. */
export async function appendSamples(
  storage: RunStorage,
  samples: readonly RunSample[],
): Promise<void> {
  if (samples.length === 0) return;
  const lines = samples.map(
    ({ step, prompt, output, reference }) =>
      `${JSON.stringify({ step, prompt, output, reference })}\n`,
  );
  await storage.append(SAMPLES_PATH, lines.join(''));
}

/**
 * Reads the samples of a run, in the order in which they were written. Lines that are not samples are skipped, and so
 * are repeated lines, because the last evaluation and the end of a training can sample the same output.
 *
 * @throws Error that names the file, if it is not a file or too large.
 */
export async function readSamples(storage: RunStorage): Promise<RunSample[]> {
  if (!(await storage.list('')).includes(SAMPLES_PATH)) return [];
  const bytes = await withFile(storage, SAMPLES_PATH, (file) => readWhole(file, MAX_SAMPLES_BYTES));
  const lines = new Set(new TextDecoder().decode(bytes).split('\n'));
  return Array.from(lines, tryParseJson).filter(isSample);
}

function isSample(value: unknown): value is RunSample {
  if (!isObject(value)) return false;
  const { step, prompt = '', output, reference = '' } = value;
  return (
    Number.isSafeInteger(step) &&
    [prompt, output, reference].every((text) => typeof text === 'string')
  );
}
