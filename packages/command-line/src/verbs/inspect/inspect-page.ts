import { modelConfig, type ModelConfig, trainingConfig } from '@ramble/core';
import type { PromptStudy } from '@ramble/core/study';
import { type InspectedPrompt, inspectionPage } from '@ramble/explorer/pages';

import { formatBytes, formatCount } from '../../format/format-number.js';
import { splitSettings } from '../../report/write-report.js';
import {
  groupSteps,
  lensTitle,
  namedSteps,
  scoreFormula,
  stepMeaning,
  tokensRead,
} from './prompt/group-steps.js';
import { type Inspection, tallyRows } from './run-lines.js';

export { attentionPicture } from '@ramble/explorer/pages';

/** Formats the results of `inspect` as a page: one file, without scripts, that loads nothing from the network. */
export function inspectPage({ model, parameters, run, name, study }: Inspection): string {
  const { nLayer, nHead, nKvHead, headDim, nEmbd, contextLength, vocabSize } = model;
  const shared = nKvHead < nHead ? `, sharing ${nKvHead} of keys and values` : '';
  return inspectionPage({
    title: name ?? `A model of ${formatCount(parameters.total)} parameters`,
    subtitle: run ? `ramble ${run.domain.name}` : 'ramble inspect',
    facts: {
      parameters: formatCount(parameters.total),
      layers: `${nLayer}`,
      heads: `${nHead} of width ${headDim}${shared}`,
      width: `${nEmbd}`,
      context: `${formatCount(contextLength)} tokens`,
      vocabulary: `${formatCount(vocabSize)} tokens`,
    },
    parameters: tallyRows(parameters, nLayer),
    settings: {
      Model: splitSettings(model, modelConfig),
      ...(run && { Training: splitSettings(run.training, trainingConfig) }),
    },
    ...(study && { prompt: inspectedPrompt(study, model) }),
  });
}

/** Tokens shown in a row of the logit lens. */
const SHOWN = 5;

function inspectedPrompt(study: PromptStudy, model: ModelConfig): InspectedPrompt {
  const { withCache, without } = tokensRead(study);
  return {
    ...study,
    chosen: study.scoreTable,
    formula: scoreFormula(model),
    lens: study.lens.map(({ blocks, tokens }) => ({
      title: lensTitle(blocks),
      tokens: tokens.slice(0, SHOWN),
    })),
    cache: namedSteps(study).map((step) => ({ ...step, size: formatBytes(step.sizeBytes) })),
    reads: `Read ${formatCount(withCache)} times a token; without the cache ${formatCount(without)} times.`,
    steps: groupSteps(study.steps).map(({ title, steps }) => ({
      title,
      steps: steps.map((step) => ({ ...step, meaning: stepMeaning(step.name, model) })),
    })),
  };
}
