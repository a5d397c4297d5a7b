import { checkTokenIds } from '@ramble/core';

import { type WholeCall, wholeCall } from '../call.js';
import type { ArtifactView } from '../contract.js';
import { shownOutput } from '../models/artifact-view.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { ids, prompt, question, text } from '../questions/fields.js';

const QUESTION = question({ model: text, prompt, output: ids });

/** Shows an output in its final form. */
export function artifactCall(models: ExploredModels): WholeCall<ArtifactView> {
  return wholeCall(QUESTION, (asked) => {
    const explored = askedModel(models, asked);
    checkTokenIds('output', asked.output, explored.model.config.vocabSize);
    return shownOutput(explored, asked.prompt, asked.output);
  });
}
