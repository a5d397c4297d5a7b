import { checkTokenIds } from '@ramble/core/domain';
import { plainRows, sourceRows } from '@ramble/core/study';

import { type WholeCall, wholeCall } from '../call.js';
import type { SourcesAnswer } from '../contract.js';
import { askedModel, type ExploredModels } from '../models/asked-model.js';
import { ids, prompt, question, text } from '../questions/fields.js';

const QUESTION = question({ model: text, prompt, output: ids });

/** Returns the attention of each output token to the prompt's tokens. */
export function sourcesCall(models: ExploredModels): WholeCall<SourcesAnswer> {
  return wholeCall(QUESTION, (asked): SourcesAnswer => {
    const { model } = askedModel(models, asked);
    checkTokenIds('output', asked.output, model.config.vocabSize);
    const { tokens, prefixLength } = asked.prompt;
    if (asked.output.length === 0) return { weights: [] };
    const pair = { tokens: [...tokens, ...asked.output], prefixLength, outputStart: tokens.length };
    return { weights: plainRows(sourceRows(model, pair)) };
  });
}
