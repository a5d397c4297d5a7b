import type { TrainingConfig } from '@ramble/core';
import type { UnitScore } from '@ramble/core/training';

import { formatCount } from '../../format/format-number.js';
import { formatTable } from '../../format/format-table.js';
import { UsageError } from '../../verb/exit-errors.js';
import type { Values } from '../../verb/flag.js';
import type { TrainingPace } from '../train/speed.js';
import { valueWords, word } from './candidates.js';

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
  /** Loss at the end of the rung; absent if the training diverged. */
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

/** Number of units of `unitSteps` in the first rung. It is 5 because `wsd` decays over a fifth of all steps. */
const UNITS = 5;

/** Returns the number of trials in each rung: `[9, 3, 1]` for 9 trials and a reduction factor of 3. */
export function rungSizes(trials: number, reductionFactor: number): number[] {
  const sizes = [trials];
  while (sizes[sizes.length - 1] >= reductionFactor) {
    sizes.push(Math.floor(sizes[sizes.length - 1] / reductionFactor));
  }
  return sizes;
}

/** Returns the number of training steps that a trial has done in total at the end of a rung. */
export function stepsOf(
  { unitSteps }: Pick<Trial, 'unitSteps'>,
  rung: number,
  factor: number,
): number {
  return UNITS * unitSteps * factor ** rung;
}

/** Factor by which an error message raises the minutes that it recommends: the next call may measure slower steps. */
const MARGIN = 1.25;

interface UnitsPlan {
  readonly sizes: readonly number[];
  readonly factor: number;
  /** Minimum of `unitSteps`, for each trial. */
  readonly minUnits: readonly number[];
}

interface MinutesPlan extends UnitsPlan {
  readonly minutes: number;
  /** Seconds of the time limit that are already used up. */
  readonly spentSeconds: number;
  /** Fraction of a rung's steps from which the next rung can continue, 0 to 1; the other steps are repeated. */
  readonly sharedFraction: number;
}

/**
 * Returns `unitSteps` of each trial, so that all train for equal steps.
 *
 * @param maxSteps - Steps of the last rung, which are rounded down to whole units.
 * @throws UsageError for too few steps.
 */
export function equalUnits(maxSteps: number, { sizes, factor, minUnits }: UnitsPlan): number[] {
  const unit = stepsOf({ unitSteps: 1 }, sizes.length - 1, factor);
  const needed = unit * Math.max(...minUnits);
  if (maxSteps >= needed) return minUnits.map(() => Math.floor(maxSteps / unit));
  throw new UsageError(
    `--max-steps: expected at least ${needed} for ${sizes.length} rungs, got ${maxSteps}`,
  );
}

/**
 * Returns `unitSteps` of each trial, so that the trials of a rung train for equal minutes, and all rungs together fit
 * into the minutes of the search. The load of other programs shortens all trials by the same factor.
 *
 * @throws UsageError for too few minutes, with the minutes that are needed.
 */
export function planUnits(
  paces: readonly TrainingPace[],
  { minutes, spentSeconds, sizes, factor, minUnits, sharedFraction }: MinutesPlan,
): number[] {
  const sum = (of: (pace: TrainingPace) => number): number =>
    paces.reduce((total, pace) => total + of(pace), 0);
  const load = sum(({ loadedStep }) => loadedStep) / sum(({ step }) => step);
  const other = sum((pace) => pace.other) / paces.length;
  let [fixed, relative] = [spentSeconds, 0];
  for (const [rung, size] of sizes.entries()) {
    fixed += size * other;
    relative += load * size * factor ** rung * (rung === 0 ? 1 : 1 - sharedFraction / factor);
  }
  const firstSeconds = (60 * minutes - fixed) / relative;
  const units = paces.map(({ step }) => Math.floor(firstSeconds / (UNITS * step)));
  if (units.every((count, i) => count >= minUnits[i])) return units;
  const needed = paces.map(({ step }, i) => fixed + relative * UNITS * step * minUnits[i]);
  throw new UsageError(
    `--minutes: expected at least ${Math.ceil((MARGIN * Math.max(...needed)) / 6) / 10} for ${paces.length} trials, each with ` +
      `${UNITS * Math.max(...minUnits)} steps or more in the first rung, got ${minutes}; or give fewer --trials`,
  );
}

/** Returns the trials with a score in a rung, best first; the trial with the lower number first on a tie. */
function rankedIn(trials: readonly Trial[], rung: number): Trial[] {
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
  readonly train: (trial: Trial, rung: number) => Promise<void>;
  /** Removes the weights of a trial that is not promoted. */
  readonly drop: (trial: Trial) => Promise<void>;
}

/**
 * Trains trials by successive halving: all in the first rung, then only the best ones, each for more steps. If a
 * promoted trial diverges, the next best one takes its place.
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
export interface SearchRow extends Pick<Trial, 'values'>, Omit<RungResult, 'rung'> {
  readonly rank: number;
  readonly trial: number;
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
    const isTie = trials.some(
      ({ number, results }) =>
        number !== trial.number &&
        results.some(({ rung, score }) => rung === end.rung && score?.value === value),
    );
    const isWinner = i === 0 && end.score !== undefined && end.rung === rungs - 1;
    const last = end.score ? `halved at rung ${end.rung + 1}` : `diverged at rung ${end.rung + 1}`;
    const state = `${isWinner ? 'winner' : last}${isTie ? ', tie' : ''}`;
    const { number, values } = trial;
    const { steps, tokensPerSecond, score } = end;
    const row = { rank: i + 1, trial: number, values, steps, tokensPerSecond, score, state };
    return { ...row, command: commandOf(trial, steps) };
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

/** Formats the report as lines: a table of Markdown, and the command of each row. */
export function searchLines(rows: readonly SearchRow[]): Record<'table' | 'commands', string[]> {
  const cells = cellsOf(rows);
  const lines = formatTable(cells, `${'r'.repeat(cells[0].length - 1)}l`, ' | ');
  const rule = lines[0].replaceAll(/[^|]/g, '-');
  return {
    table: [lines[0], rule, ...lines.slice(1)].map((line) => `| ${line} |`),
    commands: rows.map(({ rank, command }) => `${command} # rank ${rank}`),
  };
}

/** Returns a line about a trial at the end of a rung. */
export function resultNote(trial: Trial, result: RungResult, rungs: number): string {
  const { rung, steps, score } = result;
  const end = score
    ? `${score.value.toFixed(4)} ${score.kind}/${score.unit} after ${formatCount(steps)} steps`
    : 'diverged';
  return `rung ${rung + 1} of ${rungs}, trial ${trial.number} (${valueWords(trial)}): ${end}`;
}

/**
 * Returns a warning if trials that share a vocabulary were measured on different numbers of tokens; otherwise
 * `undefined`.
 */
export function differentData(trials: readonly Trial[]): string | undefined {
  const scores = trials.flatMap(({ results }) => results.flatMap(({ score }) => score ?? []));
  const counts = [...new Set(scores.map(({ tokens }) => tokens))].map(formatCount);
  if (counts.length < 2) return undefined;
  return `trials were measured on ${counts.join(' or ')} tokens, because examples longer than the context are left out; their scores are not of the same data`;
}
