import { RefusedError } from '../download/fetch-from.js';
import { type HubName, shownHubName } from './hub-name.js';

/** What an error about the Hub depends on beside the answer. */
export interface HubErrorContext {
  /** The Hub that was asked. */
  readonly url: string;
  readonly hasToken: boolean;
}

/**
 * A refusal of the Hub as a sentence that says what to do. Other errors come back as they are.
 *
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/utilities for the codes.
 */
export function hubError(name: HubName, error: unknown, context: HubErrorContext): unknown {
  if (!(error instanceof RefusedError) || error.answer === undefined) return error;
  const { status, headers } = error.answer;
  const sentence = refusal(name, status, headers.get('x-error-code') ?? '', context);
  return sentence === undefined
    ? error
    : new Error(`${shownHubName(name)}: ${sentence}`, { cause: error });
}

function refusal(
  { repository, revision }: HubName,
  status: number,
  code: string,
  { url, hasToken }: HubErrorContext,
): string | undefined {
  const page = `${url}/${repository}`;
  if (code === 'GatedRepo') {
    const accept = `accept its terms at ${page}`;
    return hasToken
      ? `expected a model that the owner of the token may read, got a gated one; ${accept}, and check that the token may read gated models`
      : `expected a token for a gated model, got none; ${accept}, then set HF_TOKEN`;
  }
  if (code === 'RevisionNotFound') {
    return `expected a branch, a tag or a commit named ${revision}, got none; see ${page}/tree/main`;
  }
  // Without a token the Hub answers 401 for names that do not exist.
  if (code === 'RepoNotFound' || status === 404) {
    const token = hasToken ? 'that the token may read it' : 'set HF_TOKEN if the model is private';
    return `expected a model on ${url}, got none; check the name, and ${token}`;
  }
  if (status === 401) {
    return hasToken
      ? `expected a token that ${url} knows, got another; make a new one and set HF_TOKEN`
      : `expected a token, got none; set HF_TOKEN`;
  }
  return undefined;
}
