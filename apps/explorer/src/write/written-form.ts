import type { PagePrompt, WrittenToken } from '@ramble/explorer';
import { batch } from '@preact/signals';

import { Output } from './output.js';
import type { Writing } from './writing.js';

/** An output as data. */
interface OutputForm {
  readonly tokens: readonly WrittenToken[];
  readonly reason: string;
  readonly score?: number;
  readonly kept?: number;
  /** The prompt of an answer of a conversation. */
  readonly prompt?: PagePrompt;
}

/** Names of the signals of `Writing` that are part of its form. */
const SIGNALS = [
  ...(['given', 'fields', 'count', 'asked', 'encoded', 'promptText'] as const),
  ...(['beamSteps', 'beamStart'] as const),
];
type Signals = Pick<Writing, (typeof SIGNALS)[number]>;
type Values = { readonly [Name in keyof Signals]: Signals[Name]['value'] };

/** Prompt, settings, conversation and outputs of the view Write as data, to be stored and shown again. */
export type WrittenForm = Values & {
  readonly isChat: boolean;
  readonly turns: Writing['conversation']['turns']['value'];
  readonly system?: string;
  readonly outputs: readonly OutputForm[];
};

/** Returns the current form of a writing. */
export function formOf(writing: Writing): WrittenForm {
  const { isOn, turns, system } = writing.conversation;
  const values = SIGNALS.map((name) => [name, writing[name].peek()]);
  return {
    ...(Object.fromEntries(values) as Values), // of these names
    ...{ isChat: isOn.peek(), turns: turns.peek(), system: system.peek() },
    outputs: writing.outputs.peek().map(({ text, reason, score, kept, encoded }) => {
      const { prompt } = encoded.peek() ?? {};
      return {
        ...{ tokens: [...text.tokens], reason: reason.peek() },
        ...{ score: score.peek(), kept: kept.peek(), ...(prompt && { prompt }) },
      };
    }),
  };
}

/** Returns the form without the alternatives of tokens, which are most of its size. */
export function withoutAlternatives(form: WrittenForm): WrittenForm {
  const outputs = form.outputs.map(({ tokens, ...output }) => {
    return { ...output, tokens: tokens.map((token) => ({ ...token, alternatives: [] })) };
  });
  return { ...form, outputs };
}

/** Shows a form in the view Write. */
export function showForm(writing: Writing, form: WrittenForm): void {
  batch(() => {
    const { conversation } = writing;
    for (const name of SIGNALS) if (name in form) writing[name].value = form[name]; // of this signal
    conversation.isOn.value = form.isChat;
    conversation.turns.value = form.turns;
    conversation.system.value = form.system ?? '';
    conversation.editing.value = undefined;
    writing.primer.value = undefined;
    writing.unchoose();
    writing.outputs.value = form.outputs.map(({ tokens, reason, score, kept, prompt }) => {
      const output = new Output();
      output.text.append(tokens);
      output.reason.value = reason;
      output.score.value = score;
      output.kept.value = kept;
      output.artifact.value = form.encoded?.answer;
      output.encoded.value = prompt && { prompt, tokens: [] };
      return output;
    });
  });
  void writing.showArtifacts();
}
