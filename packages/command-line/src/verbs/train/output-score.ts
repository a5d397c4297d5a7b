import {
  type Clock,
  type Domain,
  type Model,
  samplingConfig,
  type TokenPrompt,
} from '@ramble/core';
import { type OutputScoring, scoringFeature } from '@ramble/core/app';
import { sourceAttention } from '@ramble/core/study';
import type { ReportSample, ShadedWord } from '@ramble/explorer/pages';

import { planPrompts, writeOutputs } from '../../outputs/write-outputs.js';
import type { Session } from './session.js';

/** Number of outputs that are sampled in one batch. */
const BATCH_SIZE = 64;
/** Maximum fraction of the training's time limit that an evaluation spends on outputs to score. */
const MAX_SHARE = 0.05;

export interface OutputScoreOptions {
  /** Called with the current activity, for progress. */
  readonly onActivity: (what: string) => void;
  /** Called with the number of scored examples, if time does not allow all of them. */
  readonly onLimit: (scored: number, examples: number) => void;
  readonly clock: Clock;
}

/**
 * Returns a function that samples greedy answers to validation examples and computes the app's first score of them.
 * If the training's time is limited, the first call measures how many examples there is time for; later calls score
 * the same examples.
 *
 * @returns `undefined` if no outputs are scored.
 */
export function outputScore(
  { app, domain, model, data, run }: Session,
  { onActivity, onLimit, clock }: OutputScoreOptions,
): (() => Promise<number>) | undefined {
  const { maxMinutes, preference } = run.description.training;
  if (preference !== 'none') return undefined; // the loss of pairs has its own score
  const limitMs = maxMinutes > 0 ? MAX_SHARE * 60_000 * maxMinutes : Infinity;
  const scoring = scoringFeature.of(app);
  const examples = data.validationExamples?.slice(0, run.description.training.scoredExamples) ?? [];
  if (!scoring || examples.length === 0) return undefined;
  const prompts = examples.map((example) => scoring.promptOf(example));
  const { maxNewTokens } = samplingConfig(app.sampling);
  const sampling = samplingConfig({ method: 'greedy', maxNewTokens });
  let count = examples.length;
  let isFirst = true;
  return async () => {
    const startMs = clock.now();
    const outputs: unknown[] = [];
    while (outputs.length < count) {
      const done = outputs.length;
      const some = prompts.slice(done, Math.min(done + BATCH_SIZE, count));
      const onProgress = (share: number): void => {
        const percent = Math.round((100 * (done + share * some.length)) / count);
        onActivity(`writing outputs to score: ${percent} %`);
      };
      const options = { sampling, batchSize: BATCH_SIZE, onProgress };
      outputs.push(...(await writeOutputs({ app, domain, model }, some, options)));
      if (!isFirst || clock.now() - startMs < limitMs || outputs.length === count) continue;
      count = outputs.length;
      onLimit(count, examples.length);
    }
    isFirst = false;
    return scoring.score(outputs, examples.slice(0, count))[0].score;
  };
}

/** Default number of examples that are answered. */
const COUNT = 5;
/** Characters of a prompt that are shown. */
const SHOWN_LENGTH = 1000;

/**
 * Answers the first validation examples as `sample` would, and returns each answer together with the example's own.
 *
 * @param onActivity - Called with the current activity, for progress.
 * @returns an empty array if `signal` stopped it.
 */
export async function answerExamples(
  { app, domain, model, data }: Session,
  { promptOf }: Pick<OutputScoring<unknown, unknown, unknown>, 'promptOf'>,
  signal: AbortSignal,
  onActivity: (what: string) => void,
  count: number = COUNT,
): Promise<ReportSample[]> {
  const examples = data.validationExamples?.slice(0, count) ?? [];
  const textOf = (output: unknown): string => {
    const artifact = app.showOutput(output);
    return artifact.kind === 'text' ? artifact.text : `a file ${artifact.extension}`;
  };
  const onProgress = (share: number): void => {
    onActivity(`writing samples: ${Math.round(100 * share)} %`);
  };
  const sampling = samplingConfig(app.sampling);
  const options = { sampling, batchSize: count, signal, onProgress };
  const prompts = examples.map((example) => promptOf(example));
  const outputs = await writeOutputs({ app, domain, model }, prompts, options).catch(
    (error: unknown) => {
      if (signal.aborted) return [];
      throw error;
    },
  );
  return outputs.map((output, i) => {
    const { tokens, outputStart = 0 } = domain.encodeExample(examples[i]);
    const ids = Array.from(tokens);
    const { stopTokens } = domain;
    const [prompt, reference] = [ids.slice(0, outputStart), ids.slice(outputStart)].map((part) =>
      textOf(domain.decodeOutput(part.filter((id) => !stopTokens.includes(id)))),
    );
    const planned = planPrompts(app, domain, model.decoder, [prompts[i]], sampling.maxNewTokens);
    const firstPrompt = planned.asked.at(0);
    const answer = domain.encodeOutput?.(output);
    // An app that shows no text has none to shade.
    const source = answer && firstPrompt && shadeSource(domain, model, firstPrompt.prompt, answer);
    return { prompt: shorten(prompt), source, output: textOf(output), reference };
  });
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}

/**
 * Name of the score of the validation outputs: `BLEU`. It is read from the score of one empty output. A loss of pairs
 * has the fraction of pairs whose chosen answer has the higher reward.
 *
 * @returns `undefined` if no outputs are scored.
 */
export function scoreName({ app, domain, data, run }: Session): string | undefined {
  const example = data.validationExamples?.[0];
  const { scoredExamples, preference } = run.description.training;
  if (preference !== 'none') return 'reward accuracy';
  const scoring = scoringFeature.of(app);
  if (!scoring || example === undefined || scoredExamples === 0) return undefined;
  return scoring.score([domain.decodeOutput([])], [example])[0].name;
}

/**
 * Returns the words of the prompt, each with the attention of the output to the word, as a fraction of the largest
 * attention, 0 to 1.
 */
export function shadeSource(
  { vocabulary }: Pick<Domain<unknown, unknown, unknown>, 'vocabulary'>,
  model: Model,
  prompt: TokenPrompt,
  output: ArrayLike<number>,
): ShadedWord[] {
  const { contextLength } = model.config;
  const outputStart = prompt.outputStart ?? prompt.tokens.length;
  const tokens = [...Array.from(prompt.tokens), ...Array.from(output)].slice(0, contextLength);
  const shares = sourceAttention(model, { ...prompt, tokens, outputStart });
  const highest = Math.max(...shares);
  const words: { word: string; share: number }[] = [];
  for (const [i, share] of shares.entries()) {
    const text = textOf(vocabulary.describe(tokens[i]));
    const last = words.at(-1);
    const own = highest > 0 ? share / highest : 0;
    if (!last || /^\s/.test(text)) words.push({ word: text, share: own });
    else words[words.length - 1] = { word: last.word + text, share: Math.max(last.share, own) };
  }
  return words;
}

/** A token's text, from its word in quotes; U+FFFD for part of a character. */
function textOf(word: string): string {
  if (!word.startsWith('"')) return '\ufffd';
  try {
    return String(JSON.parse(word));
  } catch {
    return word;
  }
}
