import type { ModelConfig } from '@ramble/core';
import type { StepShape } from '@ramble/core/study';

import { formatTable } from '../../../format/format-table.js';
import { groupSteps } from './group-steps.js';
import { stepMeaning } from './step-meaning.js';

/** The shape of every step as lines; equal blocks are listed once. */
export function shapeLines(
  steps: readonly StepShape[],
  model: Pick<ModelConfig, 'attention'>,
): string[] {
  const rows = groupSteps(steps).flatMap(({ title, steps: some }) => {
    const indent = title === '' ? '' : '  ';
    const heading = title === '' ? [] : [[title, '', '']];
    return [
      ...heading,
      ...some.map(({ name, shape }) => [
        indent + name,
        shape.join(' x '),
        stepMeaning(name, model),
      ]),
    ];
  });
  return formatTable([['step', 'shape', ''], ...rows]);
}
