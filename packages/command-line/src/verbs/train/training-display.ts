import type { TrainingConfig, TrainingReport } from '@ramble/core';
import { shownValue } from '@ramble/core/files';
import type { LogEntry, RunSample } from '@ramble/runs';

import { formatCount, formatDuration } from '../../format/format-number.js';
import type { Output } from '../../verb/output.js';

type EvaluationReport = Extract<TrainingReport, { kind: 'evaluation' }>;

/** Progress of a training. */
export interface TrainingProgress {
  readonly step: number;
  /** Number of steps in this call. */
  readonly stepsNow: number;
  readonly secondsNow: number;
}

/** Shows the progress of a training: a moving bar on a terminal, a line for each report elsewhere. */
export interface TrainingDisplay {
  /** Called after every step. */
  step(standing: TrainingProgress): void;
  /** Called with the current activity between steps, such as a validation. */
  work(step: number, what: string): void;
  /** Called after every line of the log. */
  report(entry: LogEntry, standing: TrainingProgress): Promise<void>;
  evaluation(report: EvaluationReport & Pick<LogEntry, 'inductionScore'>): Promise<void>;
  /** Called with each output that was sampled at an evaluation; shows its beginning. */
  sample(sample: RunSample): Promise<void>;
}

/**
 * Shows the progress of a training on the terminal.
 *
 * @param scoreName - Name of the validation outputs' score: `BLEU`.
 */
export function trainingDisplay(
  output: Output,
  limits: Pick<TrainingConfig, 'maxSteps' | 'maxMinutes'>,
  scoreName = 'score',
): TrainingDisplay {
  let numbers = '';
  let drawnAt = -Infinity;
  return {
    step: (standing) => {
      if (!output.showsProgress || standing.secondsNow < drawnAt + DRAW_SECONDS) return;
      drawnAt = standing.secondsNow;
      const { share, secondsLeft } = progressOf(standing, limits);
      const left = formatDuration(secondsLeft);
      output.progress(`${bar(share)} ${stepText(standing.step, limits)}${numbers}  ${left} left`);
    },
    work: (step, what) => {
      output.progress(`${stepText(step, limits)}  ${what}`);
    },
    report: async (entry, standing) => {
      numbers = describe(entry, output.showsProgress);
      if (output.showsProgress) return;
      const left = formatDuration(progressOf(standing, limits).secondsLeft);
      const waited =
        entry.waitedShare === undefined
          ? ''
          : `, ${(100 * entry.waitedShare).toFixed(0)} % waiting for other ranks`;
      const percent = (100 * (entry.peakShare ?? NaN)).toFixed(0);
      await output.note(
        `${stepText(entry.step, limits)}${numbers} (${percent} % of peak${waited})  ${left} left`,
      );
    },
    evaluation: ({ step, validationLoss, validationScore, inductionScore, best }) => {
      const score =
        validationScore === undefined ? '' : `, ${scoreName} ${validationScore.toFixed(2)}`;
      const induction =
        inductionScore === undefined ? '' : `, induction ${inductionScore.toFixed(3)}`;
      return output.note(
        `${stepText(step, limits)}  validation loss ${validationLoss.toFixed(4)}${score}${induction}${best ? ', the best so far' : ''}`,
      );
    },
    sample: ({ step, prompt, output: text }) => {
      const of = prompt === undefined ? '' : ` for ${shownValue(prompt)}`;
      return output.note(
        `${stepText(step, limits)}  sample${of}: ${shownValue(text, SAMPLE_LENGTH)}`,
      );
    },
  };
}

/** Width of the progress bar: with the numbers it fits into 80 columns. */
const WIDTH = 16;
/** Maximum number of characters of a sample that are shown. */
const SAMPLE_LENGTH = 160;
/** Seconds between two draws of the bar. */
const DRAW_SECONDS = 0.1;

function bar(share: number): string {
  const full = Math.round(share * WIDTH);
  return '█'.repeat(full) + '░'.repeat(WIDTH - full);
}

function stepText(step: number, { maxSteps }: Pick<TrainingConfig, 'maxSteps'>): string {
  return `step ${formatCount(step)}${maxSteps === 0 ? '' : `/${formatCount(maxSteps)}`}`;
}

/**
 * Formats the loss and the speed of a log entry; for a loss of pairs, the reward margin too.
 *
 * @param isShort - Whether the numbers are next to a bar, in a line of 80 columns.
 */
function describe(entry: LogEntry, isShort: boolean): string {
  const { tokensPerSecond = NaN, rewardMargin, rewardAccuracy = NaN } = entry;
  const loss = `  loss ${(entry.loss ?? NaN).toFixed(4)}`;
  const speed = `  ${formatCount(tokensPerSecond)} tokens/s`;
  if (rewardMargin === undefined) return loss + speed;
  const margin = `  margin ${rewardMargin.toFixed(3)}`;
  if (isShort) return loss + margin;
  return `${loss}${margin}, ${(100 * rewardAccuracy).toFixed(0)} % of pairs right${speed}`;
}

/**
 * Returns the progress toward the limit that comes first, steps or minutes, as a fraction and the seconds left.
 * `maxSteps` is 0 until the number of steps is planned.
 */
export function progressOf(
  { step, stepsNow, secondsNow }: TrainingProgress,
  { maxSteps, maxMinutes }: Pick<TrainingConfig, 'maxSteps' | 'maxMinutes'>,
): { share: number; secondsLeft: number } {
  const bySteps = maxSteps === 0 ? Infinity : (secondsNow / stepsNow) * (maxSteps - step);
  const byMinutes = maxMinutes === 0 ? Infinity : Math.max(0, 60 * maxMinutes - secondsNow);
  return bySteps < byMinutes
    ? { share: step / maxSteps, secondsLeft: bySteps }
    : { share: Math.min(1, secondsNow / (60 * maxMinutes)), secondsLeft: byMinutes };
}

type StepReport = Extract<TrainingReport, { kind: 'step' }>;

/** Numbers to compute the utilization of an engine. */
export interface Speed {
  readonly operationsPerToken: number;
  /** Measured maximum of operations a second. */
  readonly peak: number;
}

/** Accumulates steps into entries of the log. */
export interface TrainingMeter {
  add(report: StepReport): void;
  /** Returns the last step, with the loss and speed over all steps since the last call; `undefined` without steps. */
  take(): LogEntry | undefined;
}

export function trainingMeter({ operationsPerToken, peak }: Speed): TrainingMeter {
  let fastest = peak; // other programs may have slowed the measurement
  let last: StepReport | undefined;
  let [steps, losses, secondsPerToken, waited, summedBytes, margins, correct] = new Float64Array(7);
  return {
    add: (report) => {
      last = report;
      steps++;
      losses += report.loss;
      margins += report.rewardMargin ?? 0;
      correct += report.rewardAccuracy ?? 0;
      secondsPerToken += 1 / report.tokensPerSecond;
      waited += report.waitedShare ?? 0;
      summedBytes += report.summedBytes ?? 0;
    },
    take: () => {
      if (last === undefined) return undefined;
      const { step, learningRate, gradientNorm, state, waitedShare, rewardMargin } = last;
      const tokensPerSecond = steps / secondsPerToken;
      const operationsPerSecond = tokensPerSecond * operationsPerToken;
      fastest = Math.max(fastest, operationsPerSecond);
      const entry = {
        step,
        loss: losses / steps,
        learningRate,
        gradientNorm,
        ...(rewardMargin !== undefined && {
          rewardMargin: margins / steps,
          rewardAccuracy: correct / steps,
        }),
        tokensPerSecond,
        peakShare: operationsPerSecond / fastest,
        ...(waitedShare !== undefined && { waitedShare: waited / steps, summedBytes }),
        elapsedSeconds: state.elapsedSeconds,
      };
      last = undefined;
      [steps, losses, secondsPerToken, waited, summedBytes, margins, correct] = new Float64Array(7);
      return entry;
    },
  };
}
