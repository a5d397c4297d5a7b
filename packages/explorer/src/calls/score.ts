import { outputTokens, scoringFeature } from '@ramble/core/app';
import { checkTokenIds } from '@ramble/core/domain';
import { plainRows } from '@ramble/core/study';

import { ids, integer, prompt, question, text, type WholeCall, wholeCall } from '../call.js';
import type { ScoreAnswer, ScoresAnswer } from '../contract.js';
import { askedModel, type ExploredModels } from '../models/asked-model.js';
import { layerScores } from '../studies/prompt-readings.js';
import { checkRoom, tableOf } from '../studies/recent.js';

const QUESTION = question({ model: text, prompt, output: ids, text, reference: text });

/** Scores an output against a given reference, with the scores that `evaluate` computes on data. */
export function scoreCall(models: ExploredModels): WholeCall<ScoreAnswer> {
  return wholeCall(QUESTION, (given): ScoreAnswer => {
    const explored = askedModel(models, given);
    const { app, domain, model } = explored;
    checkTokenIds('output', given.output, model.config.vocabSize);
    const scoring = scoringFeature.of(app);
    if (!scoring?.exampleOf || !app.readOutput) {
      throw new RangeError(
        `model: expected one whose outputs can be scored, got ${explored.id} of the domain ${app.name}`,
      );
    }
    const encoder = new TextEncoder();
    const example = scoring.exampleOf(
      app.readPrompt(encoder.encode(given.text)),
      app.readOutput(encoder.encode(given.reference)),
    );
    const output = domain.decodeOutput(outputTokens(app, given.prompt, given.output));
    return { scores: scoring.score([output], [example]) };
  });
}

const SCORES_QUESTION = question({ model: text, prompt, layer: integer(0), head: integer(0) });

/** Returns one head's attention scores, its mask and the resulting weights. */
export function scoresCall(models: ExploredModels): WholeCall<ScoresAnswer> {
  return wholeCall(SCORES_QUESTION, async (given, signal): Promise<ScoresAnswer> => {
    const explored = askedModel(models, given);
    checkRoom(explored.model.config, given.prompt);
    const tables = await layerScores(explored, given.prompt, given.layer, { signal });
    const { scores, masked, weights } = tableOf(tables, given.head);
    return { scores: plainRows(scores), masked: plainRows(masked), weights: plainRows(weights) };
  });
}
