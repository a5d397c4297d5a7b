import {
  createModel,
  generate,
  type Model,
  type ModelConfig,
  samplingConfig,
  type SamplingConfig,
  type TokenPrompt,
} from '@ramble/core';
import { adaptModel, modelOf, parameterSpecs } from '@ramble/core/model';
import {
  createScheduler,
  sampledOutput,
  samplingRules,
  type ScheduledRequest,
  searchedOutput,
} from '@ramble/core/sampling';
import { type FormatName, frozenParameterStore } from '@ramble/core/weights';

import { assertClose, assertEqual, randomValues } from '../assert-close.js';
import { AFTER_LLAMA, fixedText, LLAMA } from './fixed-inputs.js';

const V = 29;
/**
 * Number of prompt tokens per scheduler step: small, so that requests whose prompts begin alike could wrongly share
 * them.
 */
const CHUNK = 8;
const CONTEXT = 48;

/** A request of the test in which a scheduler runs requests to several models together. */
interface MixedRequest {
  /** Index of the model that the request is for: 0 for the base, 1 and 2 for the models with adapters. */
  readonly reader: number;
  /** Number of scheduler steps that run before this request is added. */
  readonly arrival: number;
  readonly prompt: TokenPrompt;
  readonly settings: Partial<SamplingConfig>;
}

const text = fixedText(30, V);
const REQUESTS: readonly MixedRequest[] = [
  { reader: 0, arrival: 0, prompt: { tokens: text.slice(0, 21) }, settings: { seed: 1 } },
  { reader: 1, arrival: 0, prompt: { tokens: text.slice(0, 21) }, settings: { seed: 2 } },
  // Longer than the context: the window slides, and the sequence is read again.
  { reader: 1, arrival: 0, prompt: { tokens: text.slice(3, 8) }, settings: { maxNewTokens: 60 } },
  { reader: 2, arrival: 3, prompt: { tokens: text.slice(0, 21) }, settings: { numBeams: 3, nBest: 2 } },
  { reader: 0, arrival: 5, prompt: { tokens: text.slice(0, 18) }, settings: { method: 'greedy' } },
  { reader: 1, arrival: 9, prompt: { tokens: text.slice(0, 18) }, settings: { seed: 3, topK: 4 } },
  { reader: 2, arrival: 30, prompt: { tokens: text.slice(0, 18) }, settings: { seed: 4 } },
  // Alone at the end, so that draft tokens are verified.
  { reader: 2, arrival: 90, prompt: { tokens: text }, settings: { promptLookup: 4, method: 'greedy' } },
]; // prettier-ignore

/** Tokens of an output and their log-probabilities. */
interface Output {
  readonly tokens: number[];
  readonly logProbabilities: number[];
}

/** A case of `checkAdapters`: the settings of a model, and the format of its weights. */
interface AdaptedCase {
  readonly name: string;
  readonly settings: Partial<ModelConfig>;
  readonly weights: FormatName;
}

/** Cases of `checkAdapters`: models with rotary positions, with learned positions and without positions. */
export const ADAPTED_CASES: readonly AdaptedCase[] = [
  { name: 'Llama', settings: LLAMA, weights: 'f32' },
  { name: 'Llama with q4 weights', settings: LLAMA, weights: 'q4' },
  {
    name: 'models after Llama',
    settings: { ...AFTER_LLAMA, attention: 'window,causal' },
    weights: 'f32',
  },
  { name: 'GPT-2', settings: {}, weights: 'f32' },
  { name: 'no positions', settings: { positions: 'none' }, weights: 'f32' },
];

/**
 * Checks that requests to a model, and to two adapters over it, have the same outputs in shared batches of one
 * scheduler as each request has alone.
 */
export async function checkAdapters({ settings, weights }: AdaptedCase): Promise<void> {
  const models = adaptedModels(settings, weights);
  const together = writeTogether(models);
  for (const [i, { reader, prompt, settings: given }] of REQUESTS.entries()) {
    const alone = new Map<number, Output>();
    const options = { ...samplingOf(given), promptTokensPerStep: CHUNK };
    for await (const event of generate(models[reader], prompt, options)) {
      if (event.kind === 'token') report(alone, event.sequence, event);
    }
    assertEqual(`number of outputs of request ${i}`, together[i].size, alone.size);
    for (const [number, { tokens, logProbabilities }] of alone) {
      const shared = together[i].get(number);
      assertEqual(`tokens of request ${i}`, shared?.tokens, tokens);
      const found = shared?.logProbabilities ?? [];
      assertClose(`request ${i}`, found, logProbabilities, { atol: 1e-4 });
    }
  }
  const outputs = together.slice(0, 2).map((each) => each.get(0)?.tokens.join());
  assertEqual('adapters change the output', outputs[0] === outputs[1], false);
  models[0].dispose();
}

/** Runs all requests in one scheduler, and returns their outputs by their numbers. */
function writeTogether(models: readonly Model[]): Map<number, Output>[] {
  const scheduler = createScheduler(models[0], { batchSize: 12, promptTokensPerStep: CHUNK });
  const outputs = REQUESTS.map(() => new Map<number, Output>());
  const waiting = REQUESTS.map((request, i) => ({ ...request, i }));
  for (let step = 0; waiting.length > 0 || scheduler.running + scheduler.waiting > 0; step++) {
    while (waiting.length > 0 && waiting[0].arrival <= step) {
      const { reader, prompt, settings, i } = waiting.splice(0, 1)[0];
      scheduler.add(requestOf(models[reader], prompt, settings, outputs[i]));
    }
    scheduler.step();
  }
  return outputs;
}

function requestOf(
  model: Model,
  prompt: TokenPrompt,
  settings: Partial<SamplingConfig>,
  outputs: Map<number, Output>,
): ScheduledRequest {
  const rules = samplingRules(V, samplingConfig(samplingOf(settings)));
  const onFail = (error: unknown): never => {
    throw error;
  };
  const sequence =
    rules.config.numBeams > 1
      ? searchedOutput(model.decoder, prompt, {
          ...{ rules, onFail, stopWhen: () => false },
          onEnd: (beams) => {
            beams.forEach(({ output, logProbabilities }, number) => {
              outputs.set(number, { tokens: [...output], logProbabilities: [...logProbabilities] });
            });
          },
        })
      : sampledOutput(model.decoder, prompt, {
          ...{ rules, onFail, number: 0 },
          onEvent: (event) => {
            if (event.kind === 'token') report(outputs, 0, event);
          },
        });
  return { model, prompt, sequences: [sequence] };
}

function samplingOf(settings: Partial<SamplingConfig>): Partial<SamplingConfig> {
  return { maxNewTokens: 14, ...settings };
}

function report(
  outputs: Map<number, Output>,
  number: number,
  { token, logProbability }: { readonly token: number; readonly logProbability: number },
): void {
  const output = outputs.get(number) ?? { tokens: [], logProbabilities: [] };
  output.tokens.push(token);
  output.logProbabilities.push(logProbability);
  outputs.set(number, output);
}

/** Makes a model with confident predictions, and two models with adapters over its parameters. */
function adaptedModels(given: Partial<ModelConfig>, format: FormatName): Model[] {
  const shape = {
    vocabSize: V,
    contextLength: CONTEXT,
    nLayer: 2,
    nHead: 3,
    nEmbd: 30,
    mlpDim: 35,
  };
  const wide = createModel({ ...shape, ...given }, { seed: 4 });
  const parameters = frozenParameterStore(parameterSpecs(wide.config), format);
  for (const { name } of wide.parameters.specs) {
    const factor = name.endsWith('.weight') ? 12 : 1;
    parameters.write(name, wide.parameters.read(name).map((value) => factor * value)); // prettier-ignore
  }
  wide.dispose();
  const base = modelOf(wide.config, parameters);
  const settings = [
    { loraRank: 3, loraAlpha: 7, loraTargets: 'all', loraDropout: 0 },
    { loraRank: 5, loraAlpha: 5, loraTargets: 'q,v,down', loraDropout: 0 },
  ] as const;
  const adapted = settings.map((lora, i) => {
    const model = adaptModel(base, lora, i);
    model.parameters.specs.forEach(({ name, shape: [rows, columns] }, stream) => {
      if (!name.endsWith('.up.weight')) return;
      const values = randomValues(rows * columns, 100 * i + stream);
      model.parameters.write(name, values.map((value) => value / 3)); // prettier-ignore
    });
    return model;
  });
  return [base, ...adapted];
}
