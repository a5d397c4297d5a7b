import type { AnyApp } from '@ramble/core';
import type { Setting } from '@ramble/core/app';

import { UsageError } from '../../verb/exit-errors.js';
import { COUNT, ENGINE_FLAG, type Flags, type FlagValues, MODEL_NAME } from '../../verb/flag.js';
import type { SettingGroup } from '../../verb/verb.js';
import { TRAIN_DATA_FLAGS, trainSettings } from '../train/train-flags.js';

export const CURVE_FLAGS = {
  ...TRAIN_DATA_FLAGS,
  data: { ...TRAIN_DATA_FLAGS.data, derived: 'none' },
  test: {
    kind: 'list',
    basic: true,
    derived: 'the validation data',
    description: 'Data that every model is measured on at the end.',
  },
  shares: {
    kind: 'list',
    basic: true,
    placeholder: 'percent',
    derived: '1 5 10 100',
    description: 'Percentages of the data to train models on.',
  },
  initFrom: {
    ...MODEL_NAME,
    basic: true,
    derived: 'none',
    description: 'A run from which a second model for each percentage starts.',
  },
  pretrainSteps: {
    ...COUNT,
    derived: 'none',
    description:
      'Number of steps to pretrain that run for, on the plain text of the training data.',
  },
  out: {
    kind: 'string',
    placeholder: 'folder',
    description: 'The folder for the runs and curve.html; the same command continues it.',
  },
  ...ENGINE_FLAG,
} as const satisfies Flags;

export type CurveFlags = FlagValues<typeof CURVE_FLAGS>;

/** Settings of `train` except `dataShare`, for which the curve has its own flag. */
export function curveSettings(app: AnyApp): SettingGroup[] {
  return trainSettings(app).map(({ title, settings }) => {
    const others: Record<string, Setting> = { ...settings };
    delete others.dataShare;
    return { title, settings: others };
  });
}

/**
 * Parses percentages, in ascending order without duplicates.
 *
 * @throws UsageError for any other word.
 */
export function parseShares(words: readonly string[] = ['1', '5', '10', '100']): number[] {
  const shares = words.map((word) => {
    const share = Number(word);
    if (share > 0 && share <= 100) return share;
    throw new UsageError(
      `--shares: expected percentages above 0 and up to 100, separated by spaces, got ${word}`,
    );
  });
  return [...new Set(shares)].sort((a, b) => a - b);
}
