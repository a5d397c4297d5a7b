import type { TrainingReport } from '@ramble/core';
import type { LogEntry } from '@ramble/runs';

type StepReport = Extract<TrainingReport, { kind: 'step' }>;

/** What an engine can do with a model, to tell how much of it is used. */
export interface Speed {
  readonly operationsPerToken: number;
  /** Operations a second at most, as far as it was measured. */
  readonly peak: number;
}

/** Gathers steps into lines of the log. */
export interface TrainingMeter {
  add(report: StepReport): void;
  /** The last step with loss and speed over all steps since the last line; none without steps. */
  take(): LogEntry | undefined;
}

export function trainingMeter({ operationsPerToken, peak }: Speed): TrainingMeter {
  let fastest = peak; // other programs may have slowed the measurement
  let last: StepReport | undefined;
  let [steps, losses, secondsPerToken, waited, summedBytes] = [0, 0, 0, 0, 0];
  return {
    add: (report) => {
      last = report;
      steps++;
      losses += report.loss;
      secondsPerToken += 1 / report.tokensPerSecond;
      waited += report.waitedShare ?? 0;
      summedBytes += report.summedBytes ?? 0;
    },
    take: () => {
      if (last === undefined) return undefined;
      const { step, learningRate, gradientNorm, state, waitedShare } = last;
      const tokensPerSecond = steps / secondsPerToken;
      const operationsPerSecond = tokensPerSecond * operationsPerToken;
      fastest = Math.max(fastest, operationsPerSecond);
      const entry = {
        step,
        loss: losses / steps,
        learningRate,
        gradientNorm,
        tokensPerSecond,
        peakShare: operationsPerSecond / fastest,
        ...(waitedShare !== undefined && { waitedShare: waited / steps, summedBytes }),
        elapsedSeconds: state.elapsedSeconds,
      };
      last = undefined;
      [steps, losses, secondsPerToken, waited, summedBytes] = [0, 0, 0, 0, 0];
      return entry;
    },
  };
}
