import { checkTokenPrompt } from '@ramble/core';

import type { PromptQuestion } from '../contract.js';
import { type ExploredModel, type ExploredModels, findModel } from './explored-model.js';

/**
 * The model that a question is about, once its prompt was checked.
 *
 * @throws RangeError for a model that is not open, an empty prompt, or ids that its vocabulary does not have.
 */
export function askedModel(
  models: ExploredModels,
  { model: id, prompt }: PromptQuestion,
): ExploredModel {
  const explored = findModel(models, id);
  checkTokenPrompt('prompt', prompt, explored.model.config.vocabSize);
  return explored;
}
