import { createExplorer, type NextToken, type TokenPrompt } from '@ramble/core';

import type { DomainCall } from '../../verb/verb.js';
import type { OpenModel } from '../../model/open-model.js';
import { choiceScreen } from './next-lines.js';
import { spokenText } from './spoken-text.js';

type ExploreCall = Pick<DomainCall<unknown>, 'app' | 'output'>;

const LEAVE = ['q', 'ctrl+c', 'ctrl+d'];

/**
 * Lets someone at a terminal write with a model: shows the next tokens, appends the one that is
 * picked, takes tokens back, down to the first.
 *
 * @returns the tokens that were there when they left.
 */
export async function explore(
  { app, output }: ExploreCall,
  { domain, model }: OpenModel,
  prompt: TokenPrompt,
  count: number,
  keys: AsyncIterable<string>,
): Promise<readonly number[]> {
  const explorer = createExplorer(model, domain.vocabulary);
  const tokens = Array.from(prompt.tokens);
  const { contextLength } = model.config;
  const least = Math.max(1, prompt.prefixLength ?? 0);
  const most = model.decoder.hasPrefix ? contextLength : Infinity; // a prefix cannot slide out of view
  let next: NextToken[] = [];
  let picked = 0;
  let note = '';
  const ask = (): void => {
    const before = explorer.tokensRead;
    next = explorer.nextTokens({ ...prompt, tokens }, count);
    picked = 0;
    const read = explorer.tokensRead - before;
    note = `read ${read} of ${tokens.length} ${tokens.length === 1 ? 'token' : 'tokens'}`;
  };
  const show = (): void =>
    output.progress(choiceScreen({ text: spokenText(app, domain, tokens), next, picked, note }));

  ask();
  show();
  for await (const key of keys) {
    if (LEAVE.includes(key)) break;
    if (key === 'up') picked = Math.max(0, picked - 1);
    else if (key === 'down') picked = Math.min(next.length - 1, picked + 1);
    else if (key === 'return' && tokens.length < most) {
      tokens.push(next[picked].token);
      ask();
    } else if (key === 'backspace' && tokens.length > least) {
      tokens.pop();
      ask();
    }
    show();
  }
  output.progress('');
  return tokens;
}
