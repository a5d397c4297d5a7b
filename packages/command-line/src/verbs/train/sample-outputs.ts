import {
  type AnyApp,
  type Clock,
  type Domain,
  generate,
  type GenerateOptions,
  type Model,
  type TokenPrompt,
} from '@ramble/core';
import { scoringFeature } from '@ramble/core/app';
import type { ReportSample } from '@ramble/explorer/pages';
import { appendSamples, type RunSample } from '@ramble/runs';

import { answerExamples } from './output-score.js';
import { timeLimited } from './plan-note.js';
import type { Session } from './session.js';

/** Maximum number of tokens of an output; fewer if the app's outputs have fewer by default. */
const MAX_NEW_TOKENS = 200;
/** Maximum number of tokens that are shown for an output that is no text. */
const SHOWN_TOKENS = 60;

/** Limits of sampling. */
export interface SampleOptions {
  /** Maximum number of outputs; all unless given. */
  readonly count?: number;
  /** Time for all outputs. At its end a text stops; an incomplete answer is discarded. */
  readonly timeLimit?: GenerateOptions['timeLimit'];
}

/**
 * Samples some outputs: answers to validation examples if outputs have a score, else an output for each of the data's
 * prompts with top-k sampling.
 *
 * @param onActivity - Called with the current activity, for progress.
 */
export async function sampleOutputs(
  session: Session,
  signal: AbortSignal,
  onActivity: (what: string) => void,
  { count, timeLimit }: SampleOptions = {},
): Promise<ReportSample[]> {
  const { app, domain, model, data, run } = session;
  const scoring = scoringFeature.of(app);
  if (scoring) {
    const limited = timeLimited(signal, timeLimit?.seconds);
    return answerExamples(session, scoring, limited, onActivity, count);
  }
  const samples: ReportSample[] = [];
  const maxNewTokens = Math.min(MAX_NEW_TOKENS, app.sampling?.maxNewTokens ?? MAX_NEW_TOKENS);
  const { seed } = run.description.training;
  const prompts = data.prompts.slice(0, count);
  for (const [i, prompt] of prompts.entries()) {
    onActivity(`writing samples: ${i} of ${prompts.length}`);
    const options = { seed: seed + i, maxNewTokens, signal, timeLimit };
    const output = await sample(domain, model, prompt, options);
    if (output === undefined) break;
    samples.push({
      ...(app.packing === 'examples' && { prompt: words(domain, Array.from(prompt.tokens)) }),
      output: show(app, domain, output),
    });
  }
  return samples;
}

/** Settings of one output. */
type OutputOptions = { readonly signal: AbortSignal } & Pick<
  GenerateOptions,
  'seed' | 'maxNewTokens' | 'timeLimit'
>;

/** Samples one output for a prompt. @returns its tokens; `undefined` if the signal stopped it before its end. */
async function sample(
  { stopTokens, grammar }: Session['domain'],
  model: Model,
  prompt: TokenPrompt,
  { signal, ...given }: OutputOptions,
): Promise<number[] | undefined> {
  const options = { ...given, temperature: 0.8, topK: 50 };
  const tokens: number[] = [];
  for await (const event of generate(model, prompt, { ...options, stopTokens, grammar })) {
    if (signal.aborted) return undefined;
    if (event.kind === 'token') tokens.push(event.token);
  }
  return tokens;
}

function show(app: AnyApp, domain: Domain<unknown, unknown, unknown>, tokens: number[]): string {
  const artifact = app.showOutput(domain.decodeOutput(tokens));
  return artifact.kind === 'text' ? artifact.text : words(domain, tokens.slice(0, SHOWN_TOKENS));
}

function words({ vocabulary }: Session['domain'], tokens: readonly number[]): string {
  return tokens.map((id) => vocabulary.describe(id)).join(' ');
}

/** Maximum duration of a sample, as a fraction of the time since the last one. */
const SHARE = 0.01;
/** Minimum of the time limit of a sample, in seconds. If the limit would be shorter, no sample is made. */
const MIN_SECONDS = 0.1;

/**
 * Samples an output at each evaluation and stores it in the run, so that a user sees the training's progress. Short
 * trainings have no time for it.
 *
 * @param signal - Ends an output that is being written.
 * @param onActivity - Called with the current activity, for progress.
 * @returns a function to call with the step of each evaluation. It returns the samples that it stored.
 */
export function earlySamples(
  session: Session,
  clock: Clock,
  signal: AbortSignal,
  onActivity: (what: string) => void,
): (step: number) => Promise<readonly RunSample[]> {
  let beforeMs = clock.now();
  return async (step) => {
    const seconds = (SHARE * (clock.now() - beforeMs)) / 1000;
    if (seconds < MIN_SECONDS) return [];
    const timeLimit = { clock, seconds };
    const samples = await sampleOutputs(session, signal, onActivity, { count: 1, timeLimit });
    const kept = samples.map(({ prompt, output, reference }) => ({
      ...{ step, prompt, output, reference },
    }));
    await appendSamples(session.run.storage, kept);
    beforeMs = clock.now();
    return kept;
  };
}
