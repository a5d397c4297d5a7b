import { instructDomain } from '@ramble/language/chat';
import type { ZeroShot } from '@ramble/command-line/features';
import { textFactory } from '@ramble/language';
import {
  type SummarizationExample,
  type SummarizationPrompt,
  zeroShotDomain,
} from '@ramble/summarization';

/** The file that a run has whose model follows instructions. */
const TEMPLATE = 'chat_template.jinja';

/** The system prompt of smol-summarize, a part of what SmolLM2's instruct models learned from. */
const INSTRUCTION =
  'Provide a concise, objective summary of the input text in up to three sentences, ' +
  'focusing on key actions and intentions without using second or third person pronouns.';

/**
 * Summaries by a model of text: one with a chat template is instructed to write them, and any other goes on
 * after `TL;DR:`.
 *
 * @see Allal et al. 2025, SmolLM2 (smol-summarize), https://arxiv.org/abs/2502.02737
 */
export const ZERO_SHOT: ZeroShot<SummarizationExample, SummarizationPrompt, string> = {
  domain: 'text',
  load: async (files) => {
    const text = await textFactory.load(files);
    if (!text.chatTemplate) return zeroShotDomain(text.tokenizer);
    return instructDomain(text, {
      instructionFor: () => INSTRUCTION,
      textOf: ({ document }) => document,
      beginningOf: ({ beginning }) => beginning,
      promptOf: ({ document }) => ({ document }),
      outputOf: ({ summary }) => summary,
    });
  },
  sampling: (names) =>
    names.includes(TEMPLATE)
      ? { method: 'greedy', maxNewTokens: 200 }
      : { topK: 2, maxNewTokens: 100 },
};
