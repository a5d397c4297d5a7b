import type { ModelConfig } from '@ramble/core';
import type { PromptStudy } from '@ramble/core/study';
import stringWidth from 'string-width';

import { fitText } from '../../../format/format-table.js';
import { attentionLines } from './attention-lines.js';
import { cacheLines } from './cache-lines.js';
import { lensLines } from './lens-lines.js';
import { scoreLines } from './score-lines.js';
import { unmaskedLines } from './unmasked-lines.js';
import { shapeLines } from './shape-lines.js';

const WORD = 24;

/** Lines about a model's computation for a prompt. */
export function promptLines(study: PromptStudy, model: Pick<ModelConfig, 'attention'>): string[] {
  const { tokens, attention, scoreTable } = study;
  const { layer, head } = scoreTable;
  const count = `${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`;
  const last = fitText(tokens[tokens.length - 1].word, WORD);
  const sections: [string, string[]][] = [
    [`Steps and shapes of ${count}`, shapeLines(study.steps, model)],
    [`Scores of layer ${layer}, head ${head}`, scoreLines(study)],
    [
      `Where the last token, ${last}, looks: layer ${layer} of 0 to ${attention.length - 1}`,
      attentionLines(study),
    ],
    ['The cache, token by token', cacheLines(study)],
    [`What would follow ${last} if the model ended there`, lensLines(study)],
  ];
  if (study.unmasked) sections.push(['Without the mask', unmaskedLines(study, study.unmasked)]);
  return sections.flatMap(([title, lines], i) => [
    ...(i > 0 ? [''] : []),
    title,
    '='.repeat(stringWidth(title)),
    ...lines,
  ]);
}
