import type { CompletionPlan } from '../completion/plan-completion.js';
import type { CompletionDelta, RunningCompletion } from '../completion/start-completion.js';
import type { TokenReport } from '../completion/token-report.js';
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
  plan: CompletionPlan,
  completion: RunningCompletion,
  format?: string,
): Promise<CompletionBody> {
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
    object: 'text_completion',
    choices: best.map((output) => choiceBody(request, output, format)),
    usage: usageBody(completion.usage),
  };
}

/** Outputs of a prompt, to be filled as their parts come. */
function wholeOutputs(prompt: number, count: number): WholeOutput[] {
  return Array.from({ length: count }, (_, number) => ({ prompt, number, text: '', tokens: [] }));
}

interface WholeOutput extends Omit<CompletionDelta, 'text' | 'tokens'> {
  text: string;
  readonly tokens: TokenReport[];
}

/**
 * The answer as server-sent events, while it is written; an error after the first one is an event
 * too, as the status was sent before it.
 */
export async function* streamedAnswer(
  head: CompletionHead,
  { request }: CompletionPlan,
  completion: RunningCompletion,
  format?: string,
): AsyncGenerator<string, void, undefined> {
  const { includesUsage } = request;
  const part = (body: Pick<CompletionBody, 'choices' | 'usage'>): string =>
    event({ ...head, object: 'text_completion', ...body } satisfies CompletionBody);
  try {
    for await (const delta of completion.deltas) {
      yield part({
        choices: [choiceBody(request, delta, format)],
        ...(includesUsage && { usage: null }),
      });
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
