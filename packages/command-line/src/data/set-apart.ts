import type { AnyApp } from '@ramble/core';
import { holdOut } from '@ramble/datasets';

import { formatCount } from '../format/format-number.js';
import type { FoundData } from './find-data.js';
import type { TrainingData, TrainingDataOptions } from './training-data.js';

/** Fraction of the examples for training without separate validation data. */
const LEARNED_SHARE = 0.9;

/** Examples for training and for validation; no validation example has a text in common with a training example. */
interface SetApart extends Pick<TrainingData, 'split' | 'warnings'> {
  readonly learned: readonly unknown[];
  readonly validating: readonly unknown[];
}

interface SetApartOptions extends Pick<TrainingDataOptions, 'split'> {
  readonly app: { readonly data: Pick<AnyApp['data'], 'textsOf'> };
  readonly data: Pick<FoundData, 'flag' | 'isParallel'>;
}

/**
 * Holds out a tenth of the examples for validation; examples with a text in common are all in the same part. For an app
 * that does not list an example's texts, holds out the last examples.
 *
 * @throws RangeError for a single example, or if all have texts in common.
 */
export function setApart(
  examples: readonly unknown[],
  { app, data, split }: SetApartOptions,
): SetApart {
  const { flag } = data;
  const { textsOf } = app.data;
  if (examples.length < 2) {
    throw new RangeError(
      `${flag}: expected at least 2 examples, one of them for validation, got ${examples.length}`,
    );
  }
  const cut = Math.floor(examples.length * LEARNED_SHARE);
  if (!textsOf || split === 'tail') {
    return { learned: examples.slice(0, cut), validating: examples.slice(cut) };
  }
  const count = examples.length - cut;
  const { learned, heldOut } = holdOut(examples, {
    keysOf: (example) => textsOf(example).map((text) => text.trim()),
    count,
  });
  if (heldOut.length === 0) {
    throw new RangeError(
      `${flag}: expected validation examples that share no text with the others, ` +
        `got ${formatCount(examples.length)} that all share text; name other data with ${validFlags(data)}`,
    );
  }
  const isFar = heldOut.length * 2 < count || heldOut.length > count * 2;
  const warning =
    `${formatCount(heldOut.length)} of ${formatCount(examples.length)} examples validate, not a tenth, ` +
    `as so many share texts; name others with ${validFlags(data)}`;
  return {
    learned,
    validating: heldOut,
    split: 'components',
    warnings: isFar ? [warning] : [],
  };
}

/** Names of the flags that give validation data. */
export function validFlags({ isParallel = false }: Pick<FoundData, 'isParallel'>): string {
  return isParallel ? '--valid-source and --valid-target' : '--valid';
}
