import { plainRows } from '@ramble/core/study';

import { type WholeCall, wholeCall } from '../call.js';
import type { ScoresAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { integer, prompt, question, text } from '../questions/fields.js';
import { checkRoom } from '../studies/check-room.js';
import { layerScores } from '../studies/prompt-readings.js';
import { tableOf } from '../studies/table-of.js';

const QUESTION = question({ model: text, prompt, layer: integer(0), head: integer(0) });

/** Says how one head comes to what it attends to, step by step. */
export function scoresCall(models: ExploredModels): WholeCall<ScoresAnswer> {
  return wholeCall(QUESTION, async (asked, signal): Promise<ScoresAnswer> => {
    const explored = askedModel(models, asked);
    checkRoom(explored.model.config, asked.prompt);
    const tables = await layerScores(explored, asked.prompt, asked.layer, { signal });
    const { scores, masked, weights } = tableOf(tables, asked.head);
    return { scores: plainRows(scores), masked: plainRows(masked), weights: plainRows(weights) };
  });
}
