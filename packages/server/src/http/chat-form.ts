import type { CompletionRequest } from '../request/parse-request.js';
import type { TokenReport } from '../completion/token-report.js';
import { type AnswerForm, choiceIndex } from './answer-form.js';

interface TokenBody {
  readonly token: string;
  readonly logprob: number;
  /** The bytes of its text; `null` for a token that is a part of a character. */
  readonly bytes: readonly number[] | null;
}

interface ReportBody extends TokenBody {
  readonly top_logprobs: readonly TokenBody[];
}

interface LogprobsBody {
  readonly content: readonly ReportBody[];
  readonly refusal: null;
}

/** Outputs as `POST /v1/chat/completions` writes them. */
export const CHAT_FORM: AnswerForm = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  partObject: 'chat.completion.chunk',
  choice: (request, { text, tokens, finishReason, ...output }) => ({
    index: choiceIndex(request, output),
    message: { role: 'assistant', content: text, refusal: null },
    logprobs: logprobsBody(request, tokens),
    finish_reason: finishReason ?? null,
  }),
  partChoices: (request, { text, tokens, finishReason, ...output }, isFirst) => {
    const part = (delta: object, told: readonly TokenReport[], end: string | null): object => ({
      index: choiceIndex(request, output),
      delta,
      logprobs: logprobsBody(request, told),
      finish_reason: end,
    });
    const parts: object[] = [];
    if (isFirst) parts.push(part({ role: 'assistant', content: '' }, [], null));
    if (text !== '' || tokens.length > 0) parts.push(part({ content: text }, tokens, null));
    if (finishReason !== undefined) parts.push(part({}, [], finishReason));
    return parts;
  },
};

function logprobsBody(
  { logprobs: count }: CompletionRequest,
  tokens: readonly TokenReport[],
): LogprobsBody | null {
  if (count === undefined) return null;
  const content = tokens.map(({ token, logProbability, top }) => ({
    ...tokenBody(token, logProbability ?? 0),
    top_logprobs: Object.entries(top ?? {})
      .map(([text, logprob]) => tokenBody(text, logprob))
      .sort((a, b) => b.logprob - a.logprob)
      .slice(0, count),
  }));
  return { content, refusal: null };
}

/** A part of a character, as people read its bytes. */
const PART = /^0x[\dA-F]{2}( 0x[\dA-F]{2})*$/;

function tokenBody(token: string, logprob: number): TokenBody {
  const bytes = PART.test(token) ? null : Array.from(new TextEncoder().encode(token));
  return { token, logprob, bytes };
}
