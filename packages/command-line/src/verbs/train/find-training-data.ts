import type { LossOn } from '@ramble/language/chat';
import type { DataDescription, RunDescription, RunStorage } from '@ramble/runs';

import {
  findData,
  type FindDataOptions,
  findParallel,
  type FoundData,
} from '../../data/find-data.js';

/** Training and validation data of a run. */
export interface TrainingFiles {
  readonly data: FoundData;
  readonly valid?: FoundData;
  /** Test data of a learning curve; absent if models are measured on `valid`. */
  readonly test?: FoundData;
}

export interface DataWords {
  readonly data?: readonly string[];
  /** Validation data; unless given, the validation parts of the corpora in `data`, or a tenth of the data. */
  readonly valid?: readonly string[];
  /**
   * Path of the source file of parallel data, which replaces `data`; line n of `target` is the translation of line n.
   */
  readonly source?: string;
  readonly target?: string;
  /** Source file of the validation data; replaces `valid`. */
  readonly validSource?: string;
  readonly validTarget?: string;
  /** Columns or fields of files with the texts, separated by commas. */
  readonly fields?: string;
  readonly lossOn?: LossOn;
}

/** Finds the training and validation data that `words` name. */
export async function findTrainingData(
  words: DataWords,
  given: FindDataOptions,
): Promise<TrainingFiles> {
  const options = { ...given, fieldNames: words.fields, lossOn: words.lossOn };
  const { data: paths = [], source, target, validSource, validTarget } = words;
  const data =
    source !== undefined && target !== undefined
      ? await findParallel(source, target, options)
      : await findData(paths, options);
  if (validSource !== undefined && validTarget !== undefined) {
    const found = await findParallel(validSource, validTarget, { ...options, flag: 'validSource' });
    return { data, valid: found };
  }
  const valid = words.valid ?? data.validation;
  if (valid.length === 0) return { data };
  const flag = words.valid ? 'valid' : 'data'; // whose corpora set it apart
  const found = await findData(valid, { ...options, flag });
  if ((found.conversations === undefined) === (data.conversations === undefined)) {
    return { data, valid: found };
  }
  const [wanted, got] = data.conversations
    ? ['conversations', 'texts']
    : ['texts', 'conversations'];
  throw new Error(
    `${flag}: expected ${wanted} to validate on, as in the training data, got ${got}`,
  );
}

/**
 * Describes the data for run.json, by the flag that named each part: `data`, `data 2`, … and `valid`, or `source`,
 * `target`, `valid-source` and `valid-target`; for a curve also `test`.
 */
export function describeData({ data, valid, test }: TrainingFiles): RunDescription['data'] {
  const entries = [
    ...described('', data),
    ...(valid ? described('valid', valid) : []),
    ...(test ? numbered('test', test.descriptions) : []),
  ];
  return Object.fromEntries(entries);
}

function described(
  part: '' | 'valid',
  { descriptions, isParallel = false }: FoundData,
): [string, DataDescription][] {
  if (!isParallel) return numbered(part === '' ? 'data' : part, descriptions);
  const prefix = part === '' ? '' : `${part}-`;
  return ['source', 'target'].map((name, i) => [prefix + name, descriptions[i]]);
}

function numbered(
  name: string,
  descriptions: readonly DataDescription[],
): [string, DataDescription][] {
  return descriptions.map((each, i) => [i === 0 ? name : `${name} ${i + 1}`, each]);
}

/** Returns the values of `--data`, `--valid` and so on that name a run's data. */
export function wordsOf({ data }: RunDescription): DataWords {
  const words = (name: string): string[] =>
    Object.entries(data)
      .filter(([key]) => key.split(' ', 1)[0] === name)
      .map(([, { path }]) => path);
  const word = (name: string): string | undefined => words(name).at(0);
  return {
    data: words('data'),
    valid: words('valid'),
    source: word('source'),
    target: word('target'),
    validSource: word('valid-source'),
    validTarget: word('valid-target'),
    fields: Object.values(data).find(({ fields }) => fields !== undefined)?.fields,
    lossOn: Object.values(data).find(({ lossOn }) => lossOn !== undefined)?.lossOn,
  };
}

/**
 * Returns the values of `--data`, `--valid` and so on that name a run's data. Given values replace its training or
 * validation data.
 */
export function wordsAgain(description: RunDescription, given: DataWords): DataWords {
  const { data, valid, source, target, validSource, validTarget, ...reading } =
    wordsOf(description);
  return {
    ...reading,
    ...(given.data ? {} : { data, source, target }),
    ...(given.valid ? {} : { valid, validSource, validTarget }),
    ...given,
  };
}

/** A run or a curve, with the description of the data that it was made from. */
interface MadeOfData {
  readonly description: Pick<RunDescription, 'data'>;
  readonly storage: Pick<RunStorage, 'name'>;
}

/**
 * Checks that data equals the data of a run or a curve.
 *
 * @throws Error if it differs.
 */
export function checkSameData(found: TrainingFiles, { description, storage }: MadeOfData): void {
  const own = Object.entries(description.data);
  const now = Object.entries(describeData(found));
  const isOwn = ([key, { sha256 }]: [string, DataDescription]): boolean =>
    own.some(([ownKey, each]) => ownKey === key && each.sha256 === sha256);
  const other = now.find((entry) => !isOwn(entry));
  if (other === undefined && now.length === own.length) return;
  const name = other?.[1].path ?? 'data';
  throw new Error(`${name}: expected the data that ${storage.name} was made with, got other data`);
}
