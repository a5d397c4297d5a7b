import { plainRows } from '@ramble/study';

import { type WholeCall, wholeCall } from '../call.js';
import type { ScoresAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { integer, prompt, question, text } from '../questions/fields.js';
import { checkRoom } from '../studies/check-room.js';
import { layerScores } from '../studies/layer-scores.js';
import { tableOf } from '../studies/table-of.js';

const QUESTION = question({ model: text, prompt, layer: integer(0), head: integer(0) });

/** Says how one head comes to what it attends to, step by step. */
export function scoresCall(models: ExploredModels): WholeCall<ScoresAnswer> {
  return wholeCall(QUESTION, (asked): ScoresAnswer => {
    const { model } = askedModel(models, asked);
    checkRoom(model.config, asked.prompt);
    const { scores, masked, weights } = tableOf(
      layerScores(model, asked.prompt, asked.layer),
      asked.head,
    );
    return { scores: plainRows(scores), masked: plainRows(masked), weights: plainRows(weights) };
  });
}
