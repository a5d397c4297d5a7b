import type { CompletionPlan } from '../completion/plan-completion.js';
import type { CompletionDelta, RunningCompletion } from '../completion/start-completion.js';
import {
  type CompletionBody,
  type CompletionHead,
  choiceBody,
  usageBody,
} from './completion-body.js';
import { errorBody, toRequestError } from './error-body.js';

/** The whole answer, once it is written. */
export async function wholeAnswer(
  head: CompletionHead,
  { request, prompts, count }: CompletionPlan,
  completion: RunningCompletion,
): Promise<CompletionBody> {
  const outputs = prompts.map((_, prompt) =>
    Array.from({ length: count }, (_, number): CompletionDelta => {
      return { prompt, number, text: '', tokens: [] };
    }),
  );
  for await (const { prompt, number, text, tokens, ...end } of completion.deltas) {
    const before = outputs[prompt][number];
    outputs[prompt][number] = {
      ...before,
      text: before.text + text,
      tokens: [...before.tokens, ...tokens],
      ...end,
    };
  }
  const best = outputs.flatMap((ofPrompt, prompt) => {
    const score = ({ number }: CompletionDelta): number =>
      completion.meanLogProbability(prompt, number);
    const ranked = count > request.n ? [...ofPrompt].sort((a, b) => score(b) - score(a)) : ofPrompt;
    return ranked.slice(0, request.n).map((output, number) => ({ ...output, number }));
  });
  return {
    ...head,
    object: 'text_completion',
    choices: best.map((output) => choiceBody(request, output)),
    usage: usageBody(completion.usage),
  };
}

/**
 * The answer as server-sent events, while it is written; an error after the first one is an event
 * too, as the status was sent before it.
 */
export async function* streamedAnswer(
  head: CompletionHead,
  { request }: CompletionPlan,
  completion: RunningCompletion,
): AsyncGenerator<string, void, undefined> {
  const { includesUsage } = request;
  const part = (body: Pick<CompletionBody, 'choices' | 'usage'>): string =>
    event({ ...head, object: 'text_completion', ...body } satisfies CompletionBody);
  try {
    for await (const delta of completion.deltas) {
      yield part({ choices: [choiceBody(request, delta)], ...(includesUsage && { usage: null }) });
    }
    if (includesUsage) yield part({ choices: [], usage: usageBody(completion.usage) });
    yield 'data: [DONE]\n\n';
  } catch (error) {
    yield event(errorBody(toRequestError(error)));
  }
}

/** @see https://html.spec.whatwg.org/multipage/server-sent-events.html */
function event(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}
