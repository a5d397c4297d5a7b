import type { Clock } from '@ramble/core';
import { outputTokens, scoringFeature } from '@ramble/core/app';
import { checkTokenIds } from '@ramble/core/domain';
import { parameterTally, type TallyRow } from '@ramble/core/model';

import {
  ids,
  promptCall,
  question,
  type StreamedCall,
  text,
  type WholeCall,
  wholeCall,
} from './call.js';
import { chatPromptCall, type ChatRenderer, encodeCall } from './calls/chat-prompt.js';
import { circuitsCall } from './calls/circuits.js';
import { lensCall, mapsCall } from './calls/layers.js';
import { nextCall } from './calls/next.js';
import {
  attentionCall,
  blockCall,
  endsCall,
  headCall,
  readingCall,
  scoresCall,
  sourcesCall,
  studyCall,
} from './calls/study.js';
import { writeCall } from './calls/write.js';
import type {
  ArtifactView,
  ParametersAnswer,
  ScoreAnswer,
  StreamedCalls,
  WholeCalls,
} from './contract.js';
import { shownOutput } from './models/page-token.js';
import { type ExploredModel, type ExploredModels, findModel } from './models/requested-model.js';
import { modelView } from './models/model-view.js';

type Whole = { readonly [Name in keyof WholeCalls]: WholeCall<WholeCalls[Name]['answer']> };
type Streamed = {
  readonly [Name in keyof StreamedCalls]: StreamedCall<StreamedCalls[Name]['answer']>;
};

/** The calls of `contract.ts` about models, by name. */
export interface ExplorerCalls {
  /** Calls with one answer; `chatPrompt` exists only with a chat renderer. */
  readonly whole: Omit<Whole, 'chatPrompt'> & Partial<Pick<Whole, 'chatPrompt'>>;
  /** Calls that are answered by a stream of events. */
  readonly streamed: Streamed;
}

/** Objects that calls need in addition to models. */
export interface ExplorerOptions {
  /** Clock for measuring the speed of sampling. */
  readonly clock?: Clock;
  /** Renders conversations. Without it, no model can chat. */
  readonly renderChat?: ChatRenderer;
}

/**
 * Makes all calls about models. Simultaneous requests are batched by model.
 *
 * @param models - The open models, which may change.
 */
export function explorerCalls(
  models: ExploredModels,
  { clock = performance, renderChat }: ExplorerOptions = {},
): ExplorerCalls {
  return {
    whole: {
      models: wholeCall(question({}), () =>
        models.list().map((model) => modelView(model, renderChat !== undefined)),
      ),
      encode: encodeCall(models),
      ...(renderChat && { chatPrompt: chatPromptCall(models, renderChat) }),
      next: nextCall(models),
      reading: readingCall(models),
      artifact: artifactCall(models),
      score: scoreCall(models),
      attention: attentionCall(models),
      scores: scoresCall(models),
      block: blockCall(models),
      head: headCall(models),
      ends: endsCall(models),
      sources: sourcesCall(models),
      parameters: wholeCall(question({ model: text }), ({ model }) =>
        parametersOf(findModel(models, model)),
      ),
    },
    streamed: {
      write: writeCall(models, clock),
      study: studyCall(models),
      maps: mapsCall(models),
      lens: lensCall(models),
      circuits: circuitsCall(models),
    },
  };
}

/** Counts the parameters of a model row by row, as `inspect` does. */
function parametersOf({ model }: ExploredModel): ParametersAnswer {
  const { head, block, tail, total } = parameterTally(model.config);
  const once = ({ name, shape, count }: TallyRow): Row => ({ name, shape, count, times: 1 });
  const inBlocks = block.map((row) => {
    return { ...once(row), name: `blocks.*.${row.name}`, times: row.blocks };
  });
  return { total, rows: [...head.map(once), ...inBlocks, ...tail.map(once)] };
}

type Row = ParametersAnswer['rows'][number];

/** Call for the final form of an output, such as a text or a file. */
const artifactCall = promptCall({ output: ids }, (explored, { prompt, output }): ArtifactView => {
  checkTokenIds('output', output, explored.model.config.vocabSize);
  return shownOutput(explored, prompt, output);
});

/** Call for the scores of an output against a given reference, the same scores that `evaluate` computes on data. */
const scoreCall = promptCall(
  { output: ids, text, reference: text },
  ({ id, app, domain, model }, given): ScoreAnswer => {
    checkTokenIds('output', given.output, model.config.vocabSize);
    const scoring = scoringFeature.of(app);
    if (!scoring?.exampleOf || !app.readOutput) {
      throw new RangeError(
        `model: expected one whose outputs can be scored, got ${id} of the domain ${app.name}`,
      );
    }
    const [prompt, reference] = [given.text, given.reference].map((each) =>
      new TextEncoder().encode(each),
    );
    const example = scoring.exampleOf(app.readPrompt(prompt), app.readOutput(reference));
    const output = domain.decodeOutput(outputTokens(app, given.prompt, given.output));
    return { scores: scoring.score([output], [example]) };
  },
);
