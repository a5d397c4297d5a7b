import { checkTokenIds, outputTokens, scoringFeature } from '@ramble/core';

import { type WholeCall, wholeCall } from '../call.js';
import type { ScoreAnswer } from '../contract.js';
import { askedModel } from '../models/asked-model.js';
import type { ExploredModels } from '../models/explored-model.js';
import { ids, prompt, question, text } from '../questions/fields.js';

const QUESTION = question({ model: text, prompt, output: ids, text, reference: text });

/** Scores an output against somebody's reference, as `evaluate` scores those of data. */
export function scoreCall(models: ExploredModels): WholeCall<ScoreAnswer> {
  return wholeCall(QUESTION, (asked): ScoreAnswer => {
    const explored = askedModel(models, asked);
    const { app, domain, model } = explored;
    checkTokenIds('output', asked.output, model.config.vocabSize);
    const scoring = scoringFeature.of(app);
    if (!scoring?.exampleOf || !app.readOutput) {
      throw new RangeError(
        `model: expected one whose outputs can be scored, got ${explored.id} of the domain ${app.name}`,
      );
    }
    const encoder = new TextEncoder();
    const example = scoring.exampleOf(
      app.readPrompt(encoder.encode(asked.text)),
      app.readOutput(encoder.encode(asked.reference)),
    );
    const output = domain.decodeOutput(outputTokens(app, asked.prompt, asked.output));
    return { scores: scoring.score([output], [example]) };
  });
}
