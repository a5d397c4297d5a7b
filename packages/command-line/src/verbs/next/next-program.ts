import { createExplorer, samplingConfig } from '@ramble/core';
import { withPlainWord } from '@ramble/core/files';

import { UsageError } from '../../verb/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../verb/verb.js';
import { promptSettings } from '../../content/asked-prompts.js';
import { PROMPT_FLAGS, type PromptFlags, readPrompt } from '../../content/prompt-flags.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';
import { openModel } from '../../model/open-model.js';
import { SPECIAL_TOKENS_FLAG, type SpecialTokensFlag } from '../../model/special-tokens-flag.js';
import { fittingPrompt } from '../../outputs/fitting-prompt.js';
import { explore } from './explore.js';
import { nextLines } from './next-lines.js';
import { spokenText } from './spoken-text.js';

export interface NextFlags extends ModelFlags, PromptFlags, SpecialTokensFlag {
  readonly count?: number;
  readonly interactive?: boolean;
}

/** Tokens that are shown unless somebody asks for more or fewer. */
const COUNT = 10;

/**
 * `next`: the most likely next tokens, with their probabilities over the whole vocabulary; on a
 * terminal to pick from.
 */
export const nextProgram = {
  flags: {
    ...MODEL_FLAGS,
    ...PROMPT_FLAGS,
    ...SPECIAL_TOKENS_FLAG,
    count: {
      kind: 'integer',
      basic: true,
      min: 1,
      derived: '10, or all where there are fewer',
      description: 'Number of tokens to show.',
    },
    interactive: {
      kind: 'boolean',
      basic: true,
      derived: 'on a terminal',
      description: 'Pick tokens with the arrow keys; --no-interactive prints them once.',
    },
  },
  settings: promptSettings,
  waitsFor: 'a prompt',
  run,
} satisfies DomainProgram<NextFlags>;

async function run(call: DomainCall<NextFlags>): Promise<void> {
  const { app, flags, output } = call;
  const keys = findKeys(call);
  const { prompt, content } = await readPrompt(call);
  const open = await openModel(call);
  const { domain, model } = open;
  const { size } = domain.vocabulary;
  const { count = Math.min(COUNT, size) } = flags;
  if (count > size) {
    throw new UsageError(
      `--count: expected at most the ${size} tokens of the vocabulary, got ${count}`,
    );
  }
  const { maxNewTokens } = samplingConfig(app.sampling); // the prompt as `sample` asks it
  const begin = await fittingPrompt(call, open, prompt, maxNewTokens);
  if (keys) {
    const tokens = await explore(call, open, begin, count, keys());
    const unsaid = content.length === 0 ? begin.tokens.length : 0; // an empty prompt has tokens too
    await output.print(spokenText(app, domain, tokens.slice(unsaid)));
    return;
  }
  const tokens = createExplorer(model, domain.vocabulary).nextTokens(begin, count);
  if (output.isJson) await output.printJson({ tokens: tokens.map(withPlainWord) });
  else for (const line of nextLines(tokens)) await output.print(line);
}

/** The keys to pick with; none where the tokens are to be printed once. */
function findKeys({ flags, output, io }: DomainCall<NextFlags>): (typeof io)['keys'] {
  const { interactive, promptFile } = flags;
  const isTerminal = output.showsProgress && io.stdout.isTerminal && promptFile !== '-';
  const keys = isTerminal && !output.isJson ? io.keys : undefined;
  if (interactive === true && !keys) {
    throw new UsageError(
      '--interactive: expected a terminal and neither --json nor --quiet, got none',
    );
  }
  return interactive === false ? undefined : keys;
}
