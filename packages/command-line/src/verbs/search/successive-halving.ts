import type { TrainingConfig } from '@ramble/core';
import type { UnitScore } from '@ramble/core/training';

import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { Values } from '../../verb/flag.js';
import { word } from './candidates.js';

/** Loss of a trial on the validation data; lower values are better. */
export interface TrialScore extends UnitScore {
  /** Number of tokens that were measured. */
  readonly tokens: number;
}

/** Result of a trial in one rung. */
export interface RungResult {
  /** Index of the rung, from 0. */
  readonly rung: number;
  readonly steps: number;
  /** Median speed of the training. */
  readonly tokensPerSecond?: number;
  /** Absent if the training diverged. */
  readonly score?: TrialScore;
}

/** A candidate and its results so far. */
export interface Trial {
  /** Number from 1, in the order of the grid. */
  readonly number: number;
  readonly values: Values;
  /** A fifth of the steps in the first rung; `wsd` decays over the last of these fifths. */
  readonly unitSteps: number;
  readonly warmupSteps: number;
  readonly schedule: TrainingConfig['schedule'];
  readonly results: readonly RungResult[];
}

/** Number of steps of the first rung in units: `wsd` decays over a fifth of all steps. */
const UNITS = 5;

/** Returns the number of trials in each rung: `[9, 3, 1]` for 9 trials and a reduction factor of 3. */
export function rungSizes(trials: number, reductionFactor: number): number[] {
  const sizes = [trials];
  while (sizes[sizes.length - 1] >= reductionFactor) {
    sizes.push(Math.floor(sizes[sizes.length - 1] / reductionFactor));
  }
  return sizes;
}

/** Returns the number of all steps of a trial up to the end of a rung. */
export function stepsOf(
  { unitSteps }: Pick<Trial, 'unitSteps'>,
  rung: number,
  factor: number,
): number {
  return UNITS * unitSteps * factor ** rung;
}

/** Measured durations of a trial. */
export interface TrialPace {
  /** Seconds of a step without other load. */
  readonly stepSeconds: number;
  /** Mean seconds of a step as measured. */
  readonly loadedSeconds: number;
  /** Seconds of a training in addition to its steps: reading data, validation. */
  readonly otherSeconds: number;
  /** Fraction of a rung's steps that the next rung need not repeat, 0 to 1. */
  readonly sharedFraction: number;
}

interface MinutesPlan {
  readonly minutes: number;
  /** Seconds of the minutes that have passed. */
  readonly spentSeconds: number;
  readonly sizes: readonly number[];
  readonly factor: number;
  /** Minimum of `unitSteps`, for each trial. */
  readonly minUnits: readonly number[];
}

/**
 * Returns `unitSteps` of each trial, so that the trials of a rung train for equal minutes, and all rungs together fit
 * into the minutes of the search.
 *
 * @throws UsageError for too few minutes, with the minutes that are needed.
 */
export function planUnits(
  paces: readonly TrialPace[],
  { minutes, spentSeconds, sizes, factor, minUnits }: MinutesPlan,
): number[] {
  const sum = (of: (pace: TrialPace) => number): number =>
    paces.reduce((total, pace) => total + of(pace), 0);
  const load = sum(({ loadedSeconds }) => loadedSeconds) / sum(({ stepSeconds }) => stepSeconds);
  const other = sum(({ otherSeconds }) => otherSeconds) / paces.length;
  const shared = Math.min(...paces.map(({ sharedFraction }) => sharedFraction));
  let [fixed, relative] = [spentSeconds, 0];
  for (const [rung, size] of sizes.entries()) {
    fixed += size * other;
    relative += load * size * factor ** rung * (rung === 0 ? 1 : 1 - shared / factor);
  }
  const firstSeconds = (60 * minutes - fixed) / relative;
  const units = paces.map(({ stepSeconds }) => Math.floor(firstSeconds / (UNITS * stepSeconds)));
  if (units.every((count, i) => count >= minUnits[i])) return units;
  const needed = Math.max(
    ...paces.map(({ stepSeconds }, i) => fixed + relative * UNITS * stepSeconds * minUnits[i]),
  );
  throw new UsageError(
    `--minutes: expected at least ${Math.ceil(needed / 6) / 10} for ${paces.length} trials with ` +
      `${UNITS * Math.max(...minUnits)} steps or more in the first rung, got ${minutes}; or give fewer --trials`,
  );
}

/** Returns the trials with a score in a rung, best first; the trial with the lower number first on a tie. */
export function rankedIn(trials: readonly Trial[], rung: number): Trial[] {
  const scored = trials.flatMap((trial) => {
    const value = trial.results.find((result) => result.rung === rung)?.score?.value;
    return value === undefined ? [] : [{ trial, value }];
  });
  return scored
    .sort((a, b) => a.value - b.value || a.trial.number - b.trial.number)
    .map(({ trial }) => trial);
}

interface HalvingSteps {
  /** Trains a trial to the end of a rung, and adds its result. */
  train(trial: Trial, rung: number): Promise<void>;
  /** Removes the weights of a trial that is not promoted. */
  drop(trial: Trial): Promise<void>;
}

/**
 * Trains trials by successive halving: all in the first rung, then only the best ones, each for more steps. If a promoted
 * trial diverges, the next best one takes its place.
 *
 * @param trials - Returns the trials with their results so far.
 * @see Jamieson & Talwalkar 2016, https://arxiv.org/abs/1502.07943
 */
export async function halve(
  trials: () => readonly Trial[],
  sizes: readonly number[],
  { train, drop }: HalvingSteps,
): Promise<void> {
  for (const [rung, size] of sizes.entries()) {
    for (const trial of rung === 0 ? trials() : rankedIn(trials(), rung - 1)) {
      if (rankedIn(trials(), rung).length >= size) break;
      if (trial.results.every((result) => result.rung !== rung)) await train(trial, rung);
    }
    const promoted = rankedIn(trials(), rung).slice(0, sizes.at(rung + 1) ?? 1);
    const kept = new Set(promoted.map(({ number }) => number));
    for (const trial of trials()) if (!kept.has(trial.number)) await drop(trial);
  }
}

/** A row of the report. */
export interface SearchRow {
  readonly rank: number;
  readonly trial: number;
  readonly values: Values;
  readonly steps: number;
  readonly tokensPerSecond?: number;
  readonly score?: TrialScore;
  readonly state: string;
  /** Command that trains the same model. */
  readonly command: string;
}

/**
 * Returns the rows of the report, the winner first and diverged trials last.
 *
 * @param rungs - Number of rungs.
 * @param commandOf - Returns the command that trains a trial for a number of steps.
 */
export function searchRows(
  trials: readonly Trial[],
  rungs: number,
  commandOf: (trial: Trial, steps: number) => string,
): SearchRow[] {
  const ends = trials.flatMap((trial) => {
    const end = trial.results.at(-1);
    return end === undefined ? [] : [{ trial, end, value: end.score?.value ?? Infinity }];
  });
  const group = ({ end }: (typeof ends)[number]): number => (end.score ? rungs : 0) + end.rung;
  ends.sort((a, b) => group(b) - group(a) || a.value - b.value || a.trial.number - b.trial.number);
  return ends.map(({ trial, end, value }, i) => {
    const isTie = ends.some(
      (other, j) => j !== i && end.score && other.end.rung === end.rung && other.value === value,
    );
    const isWinner = i === 0 && end.score !== undefined && end.rung === rungs - 1;
    const last = end.score ? `halved at rung ${end.rung + 1}` : `diverged at rung ${end.rung + 1}`;
    return {
      rank: i + 1,
      trial: trial.number,
      values: trial.values,
      steps: end.steps,
      tokensPerSecond: end.tokensPerSecond,
      score: end.score,
      state: `${isWinner ? 'winner' : last}${isTie ? ', tie' : ''}`,
      command: commandOf(trial, end.steps),
    };
  });
}

/** Returns the cells of the table, with the heading as the first row. */
function cellsOf(rows: readonly SearchRow[]): string[][] {
  const names = Object.keys(rows[0]?.values ?? {});
  const { kind = 'loss', unit = 'token' } = rows.find(({ score }) => score)?.score ?? {};
  const heading = ['rank', 'trial', ...names.map(word), 'steps', 'tokens/s', `${kind}/${unit}`];
  return [
    [...heading, 'state'],
    ...rows.map(({ rank, trial, values, steps, tokensPerSecond, score, state }) => [
      ...[rank, trial, ...names.map((name) => values[name])].map(String),
      formatCount(steps),
      tokensPerSecond === undefined ? '' : formatCount(tokensPerSecond),
      score?.value.toFixed(4) ?? 'not finite',
      state,
    ]),
  ];
}

/** Formats the report as lines of text: the table, then the command of each row. */
export function searchLines(rows: readonly SearchRow[]): string[] {
  const cells = cellsOf(rows);
  const table = formatTable(cells, `${'r'.repeat(cells[0].length - 1)}l`);
  return [...table, '', ...rows.map(({ rank, command }) => `${rank}: ${command}`)];
}

/** Formats the report as a page of Markdown. */
export function searchPage(
  title: string,
  rows: readonly SearchRow[],
  notes: readonly string[],
): string {
  const [heading, ...cells] = cellsOf(rows);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = heading.map((_, i) => (i < heading.length - 1 ? '---:' : '---'));
  const commands = rows.map(({ rank, command }) => `${rank}. \`${command}\``);
  const table = [line(heading), line(rule), ...cells.map(line)].join('\n');
  const parts = [
    `# ${title}`,
    ...notes,
    table,
    'Commands that train the rows:',
    commands.join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}
