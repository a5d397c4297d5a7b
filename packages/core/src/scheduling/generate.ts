import * as tf from '@tensorflow/tfjs-core';

import type { TokenPrompt } from '../domain/domain.js';
import type { Model } from '../model/model.js';
import { stepRunnerOf } from '../model/step-runners.js';
import type { FinishedBeam } from '../sampling/beams.js';
import type { LookupCounts } from '../sampling/prompt-lookup.js';
import { checkPrompt, promptWindow } from '../sampling/prompt-window.js';
import { rulesOf } from '../sampling/sampling-rules.js';
import {
  capacityFor,
  checkOutputCount,
  type GenerateOptions,
  type GenerationEvent,
  type WritingTask,
} from './generation.js';
import { sampledOutput, searchedOutput } from './outputs.js';
import type { ScheduledSequence } from './scheduled-sequence.js';
import {
  checkCount,
  createScheduler,
  PROMPT_TOKENS_PER_STEP,
  type Scheduler,
} from './scheduler.js';

/**
 * Continues one or several prompts, token by token.
 *
 * The tokens depend only on the model, the prompt and the options: token n of output i of a prompt is drawn with the
 * random number of (seed, i, n) in any batch. A beam search reports its outputs at the end, best first.
 *
 * @param prompts - At least one token each. If a prompt is longer than the context, its end is read.
 * @throws TypeError or RangeError that names a wrong prompt or option.
 */
export async function* generate(
  model: Model,
  prompts: TokenPrompt | readonly TokenPrompt[],
  options: GenerateOptions = {},
): AsyncGenerator<GenerationEvent, void, undefined> {
  const { count = 1, batchSize = 16, stopWhen = () => false, timeLimit, ...others } = options;
  const { promptTokensPerStep = usualPart(model), ...sampling } = others;
  const rules = rulesOf(model.config.vocabSize, sampling);
  checkCount('count', count);
  checkCount('batchSize', batchSize);
  checkCount('promptTokensPerStep', promptTokensPerStep);
  checkOutputCount(count, rules.config);
  const start = timeLimit?.clock.now() ?? 0;
  const isLate = (): boolean =>
    timeLimit !== undefined && timeLimit.clock.now() - start >= 1000 * timeLimit.seconds;
  const isOne = 'tokens' in prompts;
  const list = isOne ? [prompts] : prompts;
  if (list.length === 0) return;
  for (const [i, prompt] of list.entries()) {
    checkPrompt(isOne ? 'prompt' : `prompts[${i}]`, model.decoder, prompt);
  }
  const given = { count, batchSize, promptTokensPerStep, stopWhen, isLate };
  yield* write({ model, prompts: list, rules, ...given });
}

/**
 * Returns the default of `promptTokensPerStep`: 128, but at least the context for models that run op by op. These
 * models read whole prompts fastest, because they use the attention op of training.
 */
function usualPart(model: Model): number {
  const least = PROMPT_TOKENS_PER_STEP;
  return stepRunnerOf(model) ? least : Math.max(least, model.config.contextLength);
}

/** An output, or the beam search of a prompt, in progress. */
interface Output {
  /** Index of the output in `GenerationEvent.sequence`; for a beam search, the index of its first output. */
  readonly index: number;
  readonly sequence: ScheduledSequence;
  /** Tokens of the output that were yielded so far. */
  readonly tokens: number[];
  hasEnded: boolean;
}

/** An event of a step that is still to be yielded, or an error that is to be thrown. */
type Report =
  | { readonly output: Output; readonly event: GenerationEvent; readonly lookup?: LookupCounts }
  | { readonly error: unknown };

/** Generates all outputs of a task with a separate scheduler, and yields their events. */
async function* write(task: WritingTask): AsyncGenerator<GenerationEvent, void, undefined> {
  const { model, prompts, rules, promptTokensPerStep, isLate } = task;
  const { config } = rules;
  const reports: Report[] = [];
  const outputs = prompts.map((_, i) =>
    config.numBeams > 1 ? [searched(task, i, reports)] : sampled(task, i, reports),
  );
  const scheduler = createScheduler(model, {
    batchSize: slotCount(task),
    capacity: capacityFor({ model, prompts, config }),
    promptTokensPerStep,
    priority: 'prompts',
  });
  for (const [i, prompt] of prompts.entries()) {
    const sequences = outputs[i].map(({ sequence }) => sequence);
    const window = promptWindow(model.decoder, prompt, { grammar: rules.grammar });
    scheduler.add({ prompt: window, sequences });
  }
  do {
    await tf.nextFrame(); // allows signals and drawing
    scheduler.step();
    yield* yieldReports(task, scheduler, reports.splice(0));
    if (!isLate()) continue;
    const late = new Set(scheduler.removeWaiting());
    for (const { index, sequence } of outputs.flat()) {
      if (late.has(sequence)) yield { kind: 'end', sequence: index, reason: 'time' };
    }
  } while (scheduler.running + scheduler.waiting > 0);
}

/** Number of slots for a task. Beam searches have a slot for each beam, and at least one search fits. */
function slotCount({ prompts, count, batchSize, rules }: WritingTask): number {
  const { numBeams } = rules.config;
  const searches = Math.min(prompts.length, Math.max(1, Math.floor(batchSize / numBeams)));
  return numBeams > 1 ? searches * numBeams : Math.min(batchSize, prompts.length * count);
}

function sampled(
  { model, prompts, count, rules }: WritingTask,
  i: number,
  reports: Report[],
): Output[] {
  return Array.from({ length: count }, (_, number) => {
    const index = i * count + number;
    const sequence = sampledOutput(model.decoder, prompts[i], {
      rules,
      number,
      onEvent: (event) => {
        reports.push({ output, event: { sequence: index, ...event }, lookup: sequence.lookup });
      },
      onFail: (error) => reports.push({ error }),
    });
    const output: Output = { index, sequence, tokens: [], hasEnded: false };
    return output;
  });
}

function searched(
  { model, prompts, rules, stopWhen, isLate }: WritingTask,
  i: number,
  reports: Report[],
): Output {
  const index = i * rules.config.nBest;
  const isCut = prompts[i].tokens.length > model.decoder.maxPositions;
  const sequence = searchedOutput(model.decoder, prompts[i], {
    rules,
    isLate,
    stopWhen: (output) => stopWhen(index, output),
    onEnd: (beams) => {
      const events =
        beams.length > 0
          ? beams.flatMap((beam, rank) =>
              eventsOf(beam, index + rank, isCut ? model.config.contextLength : undefined),
            )
          : [{ kind: 'end', sequence: index, reason: 'nothing' } as const];
      reports.push(...events.map((event) => ({ output, event })));
    },
    onFail: (error) => reports.push({ error }),
  });
  const output: Output = { index, sequence, tokens: [], hasEnded: false };
  return output;
}

/**
 * Yields the events of a step, and ends an output after a sampled token if `stopWhen` or the time limit requires it.
 * With draft tokens, one step has several events of an output, and events after the end are dropped.
 */
function* yieldReports(
  { rules, stopWhen, isLate }: WritingTask,
  scheduler: Scheduler,
  reports: readonly Report[],
): Generator<GenerationEvent, void, undefined> {
  for (const what of reports) {
    if ('error' in what) throw what.error;
    const { output, event, lookup } = what;
    if (output.hasEnded) continue;
    yield event;
    if (event.kind !== 'token' || rules.config.numBeams > 1) continue;
    output.tokens.push(event.token);
    const isAsked = stopWhen(output.index, output.tokens);
    if (!isAsked && !isLate()) continue;
    output.hasEnded = true;
    scheduler.remove(output.sequence);
    const reason = isAsked ? 'asked' : 'time';
    yield { kind: 'end', sequence: output.index, reason, ...(lookup && { lookup }) };
  }
}

/** Returns the events of a finished beam. */
function eventsOf(
  { output, logProbabilities, end }: FinishedBeam,
  sequence: number,
  kept: number | undefined,
): GenerationEvent[] {
  return [
    ...(kept === undefined ? [] : [{ kind: 'slide', sequence, kept } as const]),
    ...output.map((token, i) => {
      return { kind: 'token', sequence, token, logProbability: logProbabilities[i] } as const;
    }),
    { sequence, ...end },
  ];
}
