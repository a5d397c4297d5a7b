import type { OutputScore } from '@ramble/core/app';
import { type JsonObject, parseJson, shownText } from '@ramble/core/files';
import { type DataDescription, readText, type RunStorage } from '@ramble/runs';

import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { ScoredBaseline } from '../evaluate/score-outputs.js';
import { checkSameData, describeData, type TrainingFiles } from '../train/find-training-data.js';
import { checkUnchanged } from '../train/session.js';

/** Initial weights of a model of a learning curve: random ones, or the weights of another run. */
export type CurveBeginning = 'random' | 'pretrained';

/** One model to train for a learning curve (loss over the amount of data). */
export interface CurveModel {
  /** Percentage of the training data, above 0 and up to 100. */
  readonly share: number;
  readonly beginning: CurveBeginning;
}

/** A trained and measured model of a curve. */
export interface CurvePoint extends CurveModel {
  /** Folder of the model's run. */
  readonly run: string;
  /** The step of the best checkpoint. */
  readonly step: number;
  /** Mean loss in nats per token, on the test data or, without test data, on the validation data. */
  readonly loss: number;
  readonly tokens: number;
  /** Scores of the model's outputs, if outputs are scored. The scores in `baselines` are the same for all points. */
  readonly scores?: readonly OutputScore[];
  readonly baselines?: readonly ScoredBaseline[];
}

/** Data and settings of a curve or a search. They are fixed by the first call. */
interface StoredPlan {
  readonly files: TrainingFiles;
  /** Settings and flags by name. */
  readonly settings: JsonObject;
}

/** The points of a learning curve that are finished so far. They are stored in a file. */
interface CurveStore {
  readonly points: readonly CurvePoint[];
  find(model: CurveModel): CurvePoint | undefined;
  add(point: CurvePoint): Promise<void>;
}

/**
 * Opens the curve in a folder, or begins a new curve.
 *
 * @throws UsageError if the settings differ from the stored ones; Error if the data differs, or curve.json has no
 *   curve.
 */
export async function openCurve(storage: RunStorage, plan: StoredPlan): Promise<CurveStore> {
  const named = { path: 'curve.json', what: 'curve', list: 'points' } as const;
  const store = await openStored<CurvePoint, 'points'>(storage, named, plan);
  const points = [...(store.stored?.points ?? [])];
  const save = (): Promise<void> => store.save({ points });
  await save();
  return {
    points,
    find: ({ share, beginning }) =>
      points.find((point) => point.share === share && point.beginning === beginning),
    add: (point) => {
      points.push(point);
      points.sort((a, b) => a.share - b.share);
      return save();
    },
  };
}

/** Content of a JSON file with a list of results, in the field `List`, to which each finished result is added. */
type Growing<Item, List extends string> = Readonly<Record<List, readonly Item[]>>;

interface StoredFileName<List extends string> {
  readonly path: string;
  /** Name of the content in messages: `curve`. */
  readonly what: string;
  /** Field with the list of results. */
  readonly list: List;
}

/**
 * Opens the file that records a curve or a search in its folder. Data and settings that differ from the stored ones
 * are accepted only if the folder has nothing but this file: the call that wrote it failed before training, and may
 * be corrected.
 *
 * @returns the stored content, absent if there is none to continue, and a function that replaces the content
 *   atomically.
 * @throws UsageError if the settings differ from the stored ones; Error if the data differs.
 */
export async function openStored<Item, List extends string>(
  storage: RunStorage,
  name: StoredFileName<List>,
  { files, settings }: StoredPlan,
): Promise<{
  readonly stored?: Growing<Item, List>;
  save(content: Growing<Item, List> & Readonly<Record<string, unknown>>): Promise<void>;
}> {
  const { path } = name;
  const names = await storage.list('');
  let stored = names.includes(path) ? await readStored<Item, List>(storage, name) : undefined;
  if (stored) {
    const absent = Object.fromEntries(
      Object.keys({ ...stored.settings, ...settings }).map((each) => [each, 'nothing']),
    );
    const [given, own] = [settings, stored.settings].map((each) => ({ ...absent, ...each }));
    try {
      checkUnchanged(given, own, storage.name);
      checkSameData(files, { description: stored, storage });
    } catch (error) {
      if (names.length > 1) throw withAdvice(error, `give another --out for another ${name.what}`);
      stored = undefined;
    }
  }
  const before = { data: describeData(files), settings };
  return {
    stored,
    save: (content) =>
      storage.writeText(path, `${JSON.stringify({ ...before, ...content }, undefined, 2)}\n`),
  };
}

/** Returns a usage error with advice at the end of its message. Returns any other error unchanged. */
function withAdvice(error: unknown, advice: string): unknown {
  if (!(error instanceof UsageError)) return error;
  return new UsageError(`${error.message}; ${advice}`, { cause: error });
}

interface StoredHead {
  readonly data: Readonly<Record<string, DataDescription>>;
  readonly settings: JsonObject;
}

async function readStored<Item, List extends string>(
  storage: RunStorage,
  { path, what, list }: StoredFileName<List>,
): Promise<StoredHead & Growing<Item, List>> {
  const text = await readText(storage, path, 2 ** 24);
  try {
    const stored = parseJson(text) as StoredHead & Growing<Item, List>; // written by `save`
    if (Array.isArray(stored[list])) return stored;
  } catch {
    // the message below is the same as for other JSON
  }
  throw new Error(`${storage.name}/${path}: expected a ${what}, got ${shownText(text, 40)}`);
}

/** Descriptions of the starting points of a curve's models. */
export const BEGINNINGS: Readonly<Record<CurveBeginning, string>> = {
  random: 'from random numbers',
  pretrained: 'from another model',
};

/** Formats a table: a row for each model, then a row for each baseline, with a column for each score. */
export function curveLines(points: readonly CurvePoint[]): string[] {
  const last = points.at(-1);
  const { scores: named = [], baselines = [] } = last ?? {};
  const scoresOf = ({ scores = [] }: Pick<CurvePoint, 'scores'>): string[] =>
    scores.map(({ score }) => score.toFixed(2));
  const rows = points.map((point) => {
    const { share, beginning, step, loss } = point;
    const cells = [`${share} %`, BEGINNINGS[beginning], formatCount(step), loss.toFixed(4)];
    return [...cells, ...scoresOf(point)];
  });
  const heading = ['data', '', 'step', 'loss', ...named.map(({ name }) => name)];
  const others = baselines.map((each) => ['', each.name, '', '', ...scoresOf(each)]);
  const table = formatTable([heading, ...rows, ...others], 'rlr');
  return [...table, ...named.map(({ name, signature }) => `${name}|${signature}`)];
}

/**
 * Checks that a folder is empty, or has the file of a curve or a search that can be continued.
 *
 * @param what - Name of the file without extension, also used in the message: `search`.
 * @throws Error for a folder with something else.
 */
export async function checkFolder(storage: RunStorage, what: string): Promise<void> {
  const names = await storage.list('');
  if (names.length === 0 || names.includes(`${what}.json`)) return;
  throw new Error(
    `${storage.name}: expected a new folder or a folder of a ${what}, got one that contains ${names[0]}`,
  );
}
