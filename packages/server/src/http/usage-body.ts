import type { Usage } from '../completion/start-completion.js';

/** Counts of tokens as clients read them. */
export interface UsageBody {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** Counts of the draft tokens of prompt lookup, by OpenAI's names for predicted outputs. */
  readonly completion_tokens_details?: {
    readonly accepted_prediction_tokens: number;
    readonly rejected_prediction_tokens: number;
  };
}

/** The counts of a completion, in OpenAI's names. */
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
