import { isObject, parseObject } from '@ramble/core/files';

import { type RunStorage, withFile } from '../storage/run-storage.js';
import { readWhole } from '../storage/stored-text.js';

/** A line of samples.jsonl: an output of the model that was trained. */
export interface RunSample {
  /** Updates that the model had. */
  readonly step: number;
  /** The prompt in words; absent if the output begins a document. */
  readonly prompt?: string;
  readonly output: string;
  /** The data's own output for the prompt, if it has one. */
  readonly reference?: string;
}

const PATH = 'samples.jsonl';
/** Tens of thousands of samples. */
const MAX_BYTES = 2 ** 25;

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
  await storage.appendText(PATH, lines.join(''));
}

/**
 * Reads the samples of a run, in the order in which they were written. Lines that are none are passed over.
 *
 * @throws Error that names the file, when it is none or too large.
 */
export async function readSamples(storage: RunStorage): Promise<RunSample[]> {
  if (!(await storage.list('')).includes(PATH)) return [];
  const bytes = await withFile(storage, PATH, (file) => readWhole(file, MAX_BYTES));
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .flatMap((line) => sampleOf(line) ?? []);
}

function sampleOf(line: string): RunSample | undefined {
  let sample: unknown;
  try {
    sample = parseObject(line);
  } catch {
    return undefined;
  }
  return isSample(sample) ? sample : undefined;
}

function isSample(value: unknown): value is RunSample {
  if (!isObject(value)) return false;
  const { step, prompt = '', output, reference = '' } = value;
  return (
    Number.isSafeInteger(step) &&
    [prompt, output, reference].every((text) => typeof text === 'string')
  );
}
