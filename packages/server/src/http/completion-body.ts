import type { CompletionPlan } from '../completion/plan-completion.js';
import type { CompletionDelta, Usage } from '../completion/start-completion.js';
import type { TokenReport } from '../completion/token-report.js';

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

interface LogprobsBody {
  readonly tokens: readonly string[];
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[] | null;
  readonly text_offset: readonly number[];
}

interface ChoiceBody {
  readonly index: number;
  readonly text: string;
  readonly logprobs: LogprobsBody | null;
  readonly finish_reason: 'stop' | 'length' | null;
  /** The score that a beam was ranked by; other outputs have none. */
  readonly score?: number;
  /** Where the output is a file, its ending, `mid`; the text is its content in base64. */
  readonly format?: string;
  readonly encoding?: 'base64';
}

/** A response, or a part of it in a stream. */
export interface CompletionBody {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChoiceBody[];
  readonly usage?: UsageBody | null;
}

/** The fields that all parts of a response share. */
export type CompletionHead = Pick<CompletionBody, 'id' | 'created' | 'model'>;

/** The new part of an output, or all of it. */
export function choiceBody(
  { n, logprobs }: CompletionPlan['request'],
  { prompt, number, text, tokens, finishReason, score }: CompletionDelta,
  format?: string,
): ChoiceBody {
  return {
    index: prompt * n + number,
    text,
    logprobs: logprobs === undefined ? null : logprobsBody(tokens, logprobs),
    finish_reason: finishReason ?? null,
    ...(score !== undefined && { score }),
    ...(format !== undefined && { format, encoding: 'base64' }),
  };
}

export function usageBody({ promptTokens, completionTokens, lookup }: Usage): UsageBody {
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

function logprobsBody(tokens: readonly TokenReport[], count: number): LogprobsBody {
  return {
    tokens: tokens.map(({ token }) => token),
    token_logprobs: tokens.map(({ logProbability }) => logProbability),
    top_logprobs: count === 0 ? null : tokens.map(({ top }) => top),
    text_offset: tokens.map(({ offset }) => offset),
  };
}
