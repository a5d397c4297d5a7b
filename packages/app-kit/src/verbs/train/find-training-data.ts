import type { DataDescription, Run, RunDescription } from '@ramble/core';

import { findData, type FindDataOptions, type FoundData } from '../../data/find-data.js';

/** What a run learns from and is measured on. */
export interface TrainingFiles {
  readonly data: FoundData;
  readonly valid?: FoundData;
}

export interface DataWords {
  readonly data: readonly string[];
  /** What the corpora of `data` set apart, or the last tenth, unless given. */
  readonly valid?: readonly string[];
}

/** Finds the data that was named, or that a run was made with. */
export async function findTrainingData(
  words: DataWords,
  options: FindDataOptions,
): Promise<TrainingFiles> {
  const data = await findData(words.data, options);
  const valid = words.valid ?? data.validation;
  return { data, valid: valid.length > 0 ? await findData(valid, options) : undefined };
}

/** What run.json says of the data: `data`, `data 2`, … and `valid`, by the flag that named it. */
export function describeData({ data, valid }: TrainingFiles): RunDescription['data'] {
  const entries = [
    ...numbered('data', data.descriptions),
    ...numbered('valid', valid?.descriptions ?? []),
  ];
  return Object.fromEntries(entries);
}

function numbered(
  name: string,
  descriptions: readonly DataDescription[],
): [string, DataDescription][] {
  return descriptions.map((each, i) => [i === 0 ? name : `${name} ${i + 1}`, each]);
}

/** The words that find a run's data again. */
export function wordsOf({ data }: RunDescription): DataWords {
  const words = (name: string): string[] =>
    Object.entries(data)
      .filter(([key]) => key.split(' ', 1)[0] === name)
      .map(([, { path }]) => path);
  return { data: words('data'), valid: words('valid') };
}

/** @throws Error when data is not what the run was made with. */
export function checkSameData(found: TrainingFiles, { description, storage }: Run): void {
  const own = Object.entries(description.data);
  const now = Object.entries(describeData(found));
  const isOwn = ([key, { sha256 }]: [string, DataDescription]): boolean =>
    own.some(([ownKey, each]) => ownKey === key && each.sha256 === sha256);
  const other = now.find((entry) => !isOwn(entry));
  if (other === undefined && now.length === own.length) return;
  const name = other?.[1].path ?? 'data';
  throw new Error(`${name}: expected the data that ${storage.name} was made with, got other data`);
}
