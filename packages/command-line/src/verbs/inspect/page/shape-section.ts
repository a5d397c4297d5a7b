import type { ModelConfig } from '@ramble/core';
import { escapeHtml } from '@ramble/core/files';
import type { PromptStudy } from '@ramble/core/study';

import { groupSteps } from '../prompt/group-steps.js';
import { stepMeaning } from '../prompt/step-meaning.js';

/** The shape of every step; equal blocks are listed once. */
export function shapeSection(
  { steps }: PromptStudy,
  model: Pick<ModelConfig, 'attention'>,
): string {
  const rows = groupSteps(steps).flatMap(({ title, steps: some }) => [
    ...(title === '' ? [] : [`<tr><th colspan="3">${title}</th></tr>`]),
    ...some.map(({ name, shape }) => {
      const indent = title === '' ? '' : ' class="inner"';
      const cells = [shape.join(' × '), escapeHtml(stepMeaning(name, model))];
      return `<tr><td${indent}><code>${escapeHtml(name)}</code></td><td>${cells.join('</td><td>')}</td></tr>`;
    }),
  ]);
  return `<h2>Every step, and the shape of what it computes</h2>\n<table class="steps">\n${rows.join('\n')}\n</table>`;
}
