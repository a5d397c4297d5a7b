import type { Grammar } from '@ramble/core';
import { largestTokens } from '@ramble/core';

import { readLogits } from '../batch/read-logits.js';
import { type WholeCall, wholeCall } from '../call.js';
import type { NextAnswer, PagePrompt } from '../contract.js';
import { type Distribution, distribution } from '../distribution.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { outputRules } from '../models/output-rules.js';
import { pageTokens } from '../models/page-token.js';
import { integer, MOST_TOLD, prompt, question, settings, text } from '../questions/fields.js';

const QUESTION = question({
  model: text,
  prompt,
  count: integer(1, MOST_TOLD),
  options: settings.optional(),
});

/** Says what may come next, and what the grammar refuses. */
export function nextCall(models: ExploredModels): WholeCall<NextAnswer> {
  return wholeCall(QUESTION, async (asked, signal): Promise<NextAnswer> => {
    const explored = askedModel(models, asked);
    const { grammar } = outputRules(explored, {}, asked.options);
    const describe = pageTokens(explored);
    let answer: NextAnswer = { tokens: [], entropy: 0 };
    const onLast = (logits: Float32Array): void => {
      const found = distribution(logits, describe);
      answer = {
        tokens: found.likeliest(asked.count),
        entropy: found.entropy,
        ...(grammar && {
          refused: refusedBy(grammar, asked.prompt, logits, found, asked.count),
        }),
      };
    };
    await readLogits(explored.model, asked.prompt, { onLast, signal });
    return answer;
  });
}

/** What a grammar refuses behind a prompt. */
function refusedBy(
  grammar: Grammar<unknown>,
  given: PagePrompt,
  logits: Float32Array,
  found: Distribution,
  count: number,
): NextAnswer['refused'] {
  const refused = Float32Array.from(logits);
  for (const id of grammar.allowed(grammar.start(given))) refused[id] = -Infinity;
  const ids = Array.from(refused.keys()).filter((id) => refused[id] !== -Infinity);
  return {
    count: ids.length,
    probability: ids.reduce((sum, id) => sum + found.probability(id), 0),
    tokens: largestTokens(refused, count).map(found.token),
  };
}
