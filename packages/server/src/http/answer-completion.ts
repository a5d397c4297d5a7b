import { setTimeout } from 'node:timers/promises';

import { counted } from '@ramble/core/files';

import type { TokenReport } from '../completion/output-text.js';
import type { CompletionPlan } from '../completion/plan-completion.js';
import type { CompletionDelta, RunningCompletion, Usage } from '../completion/start-completion.js';
import type { CompletionRequest } from '../request/parse-request.js';
import { errorBody, toRequestError } from './bodies.js';

/** Fields that a response and every event of a stream have in common. */
interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

/** A response, or an event of a stream. */
export interface AnswerBody extends AnswerHead {
  readonly object: string;
  readonly choices: readonly object[];
  readonly usage?: UsageBody | null;
}

/** A running completion with everything that its HTTP response needs. */
export interface Answer {
  readonly head: AnswerHead;
  readonly form: AnswerForm;
  readonly plan: CompletionPlan;
  readonly completion: RunningCompletion;
  /** File extension of outputs that are files. */
  readonly format?: string;
  /** Returns the number of outputs that wait for a slot. */
  readonly waiting: () => number;
}

/** Seconds until the first notice to a waiting stream, and between later notices. */
const NOTICE_SECONDS = { first: 1, next: 5 } as const;

/** Returns the complete response at the end of the completion. */
export async function wholeAnswer({
  head,
  form,
  plan,
  completion,
  format,
}: Answer): Promise<AnswerBody> {
  const { request, count } = plan;
  const outputs = plan.prompts.map((_, prompt) => wholeOutputs(prompt, count));
  for await (const { prompt, number, text, tokens, ...end } of completion.deltas) {
    const output = outputs[prompt][number];
    output.text += text;
    for (const token of tokens) output.tokens.push(token);
    Object.assign(output, end);
  }
  const best = outputs.flatMap((ofPrompt, prompt) => {
    const score = ({ number }: CompletionDelta): number =>
      completion.meanLogProbability(prompt, number);
    const ended = ofPrompt.filter(({ finishReason }) => finishReason); // beams may find fewer
    const ranked = count > request.n ? [...ended].sort((a, b) => score(b) - score(a)) : ended;
    return ranked.slice(0, request.n).map((output, number) => ({ ...output, number }));
  });
  return {
    ...head,
    object: form.object,
    choices: best.map((output) => form.choice(request, output, format)),
    usage: usageBody(completion.usage),
  };
}

/** Returns `count` empty outputs of a prompt, to collect the texts of a response that is not streamed. */
function wholeOutputs(prompt: number, count: number): WholeOutput[] {
  return Array.from({ length: count }, (_, number) => ({ prompt, number, text: '', tokens: [] }));
}

interface WholeOutput extends Omit<CompletionDelta, 'text' | 'tokens'> {
  text: string;
  readonly tokens: TokenReport[];
}

/**
 * Yields the response as server-sent events while outputs are sampled. An error after the first event is sent as an
 * event, because the status is already sent.
 */
export async function* streamedAnswer({
  head,
  form,
  plan: { request },
  completion,
  format,
  waiting,
}: Answer): AsyncGenerator<string, void, undefined> {
  const { includesUsage } = request;
  const part = (body: Pick<AnswerBody, 'choices' | 'usage'>): string =>
    event({ ...head, object: form.partObject, ...body } satisfies AnswerBody);
  const begun = new Set<string>();
  try {
    yield* waitingNotices(completion, waiting);
    for await (const delta of completion.deltas) {
      const output = `${delta.prompt}/${delta.number}`;
      const isFirst = !begun.has(output);
      begun.add(output);
      for (const choice of form.partChoices(request, delta, isFirst, format)) {
        yield part({ choices: [choice], ...(includesUsage && { usage: null }) });
      }
    }
    if (includesUsage) yield part({ choices: [], usage: usageBody(completion.usage) });
    yield 'data: [DONE]\n\n';
  } catch (error) {
    yield event(errorBody(toRequestError(error)));
  }
}

/**
 * Yields comments while the outputs of a stream wait for a slot: they show why no text comes, and keep proxies
 * from closing the connection. Clients of server-sent events ignore comments.
 */
async function* waitingNotices(
  { started }: Answer['completion'],
  waiting: Answer['waiting'],
): AsyncGenerator<string, void, undefined> {
  const isOver = started.then(() => true);
  for (let seconds: number = NOTICE_SECONDS.first; ; seconds = NOTICE_SECONDS.next) {
    const pause = setTimeout(1000 * seconds, false, { ref: false });
    if (await Promise.race([isOver, pause])) return;
    yield `: waiting for a slot, as ${counted(waiting(), 'output')} do\n\n`;
  }
}

/**
 * Formats a server-sent event with a JSON body.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
function event(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

/** Token counts in the JSON of a response. */
interface UsageBody {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** Counts of the draft tokens of prompt lookup, by OpenAI's names for predicted outputs. */
  readonly completion_tokens_details?: {
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
}

/** Returns the token counts of a completion under OpenAI's names. */
function usageBody({ promptTokens, completionTokens, lookup }: Usage): UsageBody {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(lookup && {
      completion_tokens_details: {
        accepted_prediction_tokens: lookup.accepted,
        rejected_prediction_tokens: lookup.drafted - lookup.accepted,
      },
    }),
  };
}

/** Format of responses: completions or chat completions. */
export interface AnswerForm {
  /** Prefix of response ids. */
  readonly idPrefix: string;
  /** Field `object` of a complete response. */
  readonly object: string;
  /** Field `object` of an event of a stream. */
  readonly partObject: string;
  /** Formats a complete output. */
  choice(request: CompletionRequest, output: CompletionDelta, format?: string): object;
  /**
   * Formats the new part of an output as one or more events of a stream.
   *
   * @param isFirst - Whether it is the output's first part.
   */
  partChoices(
    request: CompletionRequest,
    delta: CompletionDelta,
    isFirst: boolean,
    format?: string,
  ): readonly object[];
}

/** Returns the index of an output among all outputs of its request, from 0. */
export function choiceIndex(
  { n }: Pick<CompletionRequest, 'n'>,
  { prompt, number }: Pick<CompletionDelta, 'prompt' | 'number'>,
): number {
  return prompt * n + number;
}
