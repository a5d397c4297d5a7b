import { readTokens } from '../batch/read-tokens.js';
import { type WholeCall, wholeCall } from '../call.js';
import type { ReadingAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { integer, MOST_TOLD, prompt, question, text } from '../questions/fields.js';

const QUESTION = question({ model: text, prompt, rivals: integer(0, MOST_TOLD) });

/** Says how likely the tokens of a text are, and what else could have been. */
export function readingCall(models: ExploredModels): WholeCall<ReadingAnswer> {
  return wholeCall(QUESTION, async (asked, signal): Promise<ReadingAnswer> => {
    const explored = askedModel(models, asked);
    const { rivals } = asked;
    return { tokens: await readTokens(explored, asked.prompt, { rivals, signal }) };
  });
}
