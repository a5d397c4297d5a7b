import type { AnyApp, Setting } from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import { ENGINE_FLAG, type EngineFlag, type FlagTable } from '../../cli/flag.js';
import type { SettingGroup } from '../../cli/verb.js';
import { TRAIN_DATA_FLAGS, type TrainDataFlags, trainSettings } from '../train/train-flags.js';

export interface CurveFlags extends EngineFlag, TrainDataFlags {
  readonly out: string;
  readonly test?: readonly string[];
  readonly shares?: readonly string[];
  readonly initFrom?: string;
  readonly pretrainSteps?: number;
}

export const CURVE_FLAGS: FlagTable<CurveFlags> = {
  ...TRAIN_DATA_FLAGS,
  data: { ...TRAIN_DATA_FLAGS.data, derived: 'none' },
  test: {
    kind: 'list',
    derived: 'the validation data',
    description: 'Data that every model is measured on in the end.',
  },
  shares: {
    kind: 'list',
    derived: '1 5 10 100',
    description: 'Percentages of the data that models learn from.',
  },
  initFrom: {
    kind: 'string',
    placeholder: 'run',
    derived: 'none',
    description: 'A run that a second model of each share starts from.',
  },
  pretrainSteps: {
    kind: 'integer',
    min: 1,
    derived: 'none',
    description:
      'Makes that run first, with this number of steps on the plain text of the training data.',
  },
  out: {
    kind: 'string',
    placeholder: 'folder',
    description: 'The folder of the runs and of curve.html; the same command goes on with it.',
  },
  ...ENGINE_FLAG,
};

/** Those of `train`, but for the share, which the curve has of its own. */
export function curveSettings(app: AnyApp): SettingGroup[] {
  return trainSettings(app).map(({ title, settings }) => {
    const others: Record<string, Setting> = { ...settings };
    delete others.dataShare;
    return { title, settings: others };
  });
}

/**
 * Percentages in ascending order, each once.
 *
 * @throws UsageError for what is none.
 */
export function parseShares(words: readonly string[] = ['1', '5', '10', '100']): number[] {
  const shares = words.map((word) => {
    const share = Number(word);
    if (share > 0 && share <= 100) return share;
    throw new UsageError(
      `--shares: expected percentages above 0 and up to 100, with spaces between them, got ${word}`,
    );
  });
  return [...new Set(shares)].sort((a, b) => a - b);
}
