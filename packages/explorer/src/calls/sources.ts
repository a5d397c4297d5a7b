import { checkTokenIds } from '@ramble/core/domain';
import { plainRows, sourceRows } from '@ramble/core/study';

import { ids, prompt, question, text, type WholeCall, wholeCall } from '../call.js';
import type { SourcesAnswer } from '../contract.js';
import { askedModel, type ExploredModels } from '../models/asked-model.js';

const QUESTION = question({ model: text, prompt, output: ids });

/** Returns the attention of each output token to the prompt's tokens. */
export function sourcesCall(models: ExploredModels): WholeCall<SourcesAnswer> {
  return wholeCall(QUESTION, (given): SourcesAnswer => {
    const { model } = askedModel(models, given);
    checkTokenIds('output', given.output, model.config.vocabSize);
    const { tokens, prefixLength } = given.prompt;
    if (given.output.length === 0) return { weights: [] };
    const pair = { tokens: [...tokens, ...given.output], prefixLength, outputStart: tokens.length };
    return { weights: plainRows(sourceRows(model, pair)) };
  });
}
