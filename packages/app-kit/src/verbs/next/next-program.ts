import { nextTokens } from '@ramble/core';

import { UsageError } from '../../cli/exit-errors.js';
import type { DomainCall, DomainProgram } from '../../cli/verb.js';
import { PROMPT_FLAGS, type PromptFlags, readPrompt } from '../../content/prompt-flags.js';
import { formatTable } from '../../format/format-table.js';
import { MODEL_FLAGS, type ModelFlags } from '../../model/model-flags.js';
import { openModel } from '../../model/open-model.js';

export interface NextFlags extends ModelFlags, PromptFlags {
  readonly count: number;
}

/** `next`: the most likely next tokens, with their probabilities over the whole vocabulary. */
export const nextProgram = {
  flags: {
    ...MODEL_FLAGS,
    ...PROMPT_FLAGS,
    count: { kind: 'integer', min: 1, default: 10, description: 'How many tokens.' },
  },
  run,
} satisfies DomainProgram<NextFlags>;

async function run(call: DomainCall<NextFlags>): Promise<void> {
  const { app, flags, output, io } = call;
  const { prompt } = await readPrompt(app, flags, io.stdin);
  const { domain, model } = await openModel(call);
  const { size } = domain.vocabulary;
  if (flags.count > size) {
    throw new UsageError(
      `--count: expected at most the ${size} tokens of the vocabulary, got ${flags.count}`,
    );
  }
  const begin = domain.encodePrompt(prompt);
  const next = nextTokens(model, begin, flags.count).map(({ token, probability }) => {
    return { token, word: domain.vocabulary.describe(token), probability };
  });
  if (output.isJson) {
    await output.printJson({ tokens: next });
    return;
  }
  const rows = next.map(({ token, word, probability }) => {
    return [{ right: `${(100 * probability).toFixed(2)} %` }, { right: `${token}` }, word];
  });
  for (const line of formatTable(rows)) await output.print(line);
}
