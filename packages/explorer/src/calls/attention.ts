import { meanOfHeads, plainRows } from '@ramble/core/study';

import { type WholeCall, wholeCall } from '../call.js';
import type { AttentionAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { integer, prompt, question, text } from '../questions/fields.js';
import { checkRoom } from '../studies/check-room.js';
import { layerScores } from '../studies/prompt-readings.js';
import { tableOf } from '../studies/table-of.js';

const QUESTION = question({
  model: text,
  prompt,
  layer: integer(0),
  head: integer(0).optional(),
});

/** Says what each position attends to, in one head or in the mean of a layer's. */
export function attentionCall(models: ExploredModels): WholeCall<AttentionAnswer> {
  return wholeCall(QUESTION, async (asked, signal): Promise<AttentionAnswer> => {
    const explored = askedModel(models, asked);
    checkRoom(explored.model.config, asked.prompt);
    const tables = await layerScores(explored, asked.prompt, asked.layer, { signal });
    const heads = tables.map(({ weights }) => weights);
    const rows =
      asked.head === undefined
        ? heads[0].map((_, position) => meanOfHeads(heads, position))
        : tableOf(tables, asked.head).weights;
    return { weights: plainRows(rows) };
  });
}
