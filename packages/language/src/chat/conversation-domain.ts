import type { Domain, TokenExample } from '@ramble/core';
import { shownText } from '@ramble/core/files';

import type { TextDomain } from '../text-domain.js';
import {
  type ChatMessage,
  type Conversation,
  createTemplateRenderer,
  type TemplateRenderer,
} from './template-renderer.js';

/** A message to train on. */
export interface TrainingMessage extends ChatMessage {
  /** Weight of the answer in the loss, 1 or 0; by default 1, as in OpenAI's files. */
  readonly weight?: number;
}

type Turns = Pick<Conversation, 'tools'> & { readonly messages: readonly TrainingMessage[] };

/**
 * A conversation to train on, or a question and its answer as two texts. For training on preferences, `rejected` is the
 * conversation, or the text, with a worse answer.
 */
export type TrainingConversation = (
  | (Turns & { readonly rejected?: readonly TrainingMessage[] })
  | { readonly prompt: string; readonly completion: string; readonly rejected?: string }
) & {
  /** Origin of the conversation, for errors: `chats.jsonl line 3`. */
  readonly origin?: string;
};

/** Tokens that the loss of conversations counts: the answers, or all tokens. */
export type LossOn = 'answers' | 'all';

/**
 * Makes a domain whose examples are conversations, in the form of the model's chat template. The loss counts the
 * tokens of each answer, up to its stop token.
 *
 * The text of an answer is what the template adds to the conversation before it, which ends with the beginning of
 * an answer. Some templates change earlier turns when others follow; Qwen 3 removes thoughts. Then each answer is a
 * sequence of its own, with the conversation before it, and only that answer counts. A model without a chat template
 * learns pairs of texts: the answer follows its question, and the end of the document follows the answer.
 *
 * @param text - The text domain of the model.
 * @throws RangeError when an example is encoded that the domain cannot represent, such as one without answers.
 */
export function conversationDomain(
  text: TextDomain,
  lossOn: LossOn = 'answers',
): Domain<TrainingConversation, string, string> {
  const special = text.allowSpecialTokens();
  const renderer = text.chatTemplate && createTemplateRenderer(text.chatTemplate);
  const encode = (example: TrainingConversation): TokenExample => {
    const own = renderer
      ? encodeTurns(special, renderer, turnsOf(example))
      : encodePair(text, example);
    return lossOn === 'answers' ? own : { ...own, lossWeights: allButFirsts(own) };
  };
  return {
    ...text,
    augment: undefined, // texts have none
    allowSpecialTokens: () => conversationDomain(special, lossOn),
    encodeExample: (example) => {
      try {
        const { rejected, ...chosen } = example;
        if (rejected === undefined) return encode(chosen);
        const field = typeof rejected === 'string' ? 'completion' : 'messages';
        return pairOf(encode(chosen), encode({ ...chosen, [field]: rejected }));
      } catch (error) {
        throw error instanceof Error && example.origin !== undefined
          ? new RangeError(`${example.origin}: ${error.message}`, { cause: error })
          : error;
      }
    },
    segments: (example, contextLength) => {
      const shorter = firstTokens(example, contextLength + 1);
      return shorter.lossWeights.some((weight) => weight > 0) ? [shorter] : [];
    },
  };
}

function pairOf(chosen: TokenExample, rejected: TokenExample): TokenExample {
  if (!chosen.starts && !rejected.starts) return { ...chosen, rejected };
  throw new RangeError(
    'chat template: expected one answer each in chosen and rejected, because it changes earlier ones, got several',
  );
}

/** Returns the texts of the answers that the loss counts, concatenated. */
export function answersOf(example: TrainingConversation): string {
  if (!('messages' in example)) return example.completion;
  const { messages } = example;
  return messages.flatMap((each) => (isCounted(each) ? [each.content] : [])).join('');
}

function isCounted({ role, weight = 1 }: TrainingMessage): boolean {
  return role === 'assistant' && weight > 0;
}

function turnsOf(example: TrainingConversation): Turns {
  if ('messages' in example) return example;
  const { prompt, completion } = example;
  return {
    messages: [
      { role: 'user', content: prompt },
      { role: 'assistant', content: completion },
    ],
  };
}

/**
 * Encodes a prompt and its completion for a model without a chat template.
 *
 * @throws RangeError for an example with `messages`, because a model without a chat template learns only pairs of
 *   texts.
 */
function encodePair(text: TextDomain, example: TrainingConversation): TokenExample {
  if ('messages' in example) {
    throw new RangeError(
      'messages: the model has no chat template; start from an instruct model, such as smollm2-135m-instruct, or write pairs of prompt and completion',
    );
  }
  const question = Array.from(text.encodePrompt(example.prompt).tokens);
  const answer = Array.from(text.encodeOutput(example.completion));
  const tokens = [...question, ...answer, text.tokenizer.endOfText];
  return { tokens, lossWeights: weightsOf(tokens.length, [[question.length, tokens.length]]) };
}

function encodeTurns(domain: TextDomain, renderer: TemplateRenderer, turns: Turns): TokenExample {
  const { messages, tools } = turns;
  const answers = messages.flatMap((each, i) => (isCounted(each) ? [i] : []));
  if (answers.length === 0) {
    throw new RangeError(
      'messages: no message has the role assistant, so there is no answer to learn',
    );
  }
  const render = (count: number, addGenerationPrompt: boolean): string =>
    renderer.render({ messages: messages.slice(0, count), tools, addGenerationPrompt });
  const encode = (said: string): number[] => Array.from(domain.encodePrompt(said).tokens);
  const found = answers.map((at) => {
    const after = render(at + 1, false);
    return { before: after.slice(0, startOf(render, after, at)), after };
  });
  const whole = render(messages.length, false);
  const isStable = found.every(({ after }) => whole.startsWith(after));
  const sequences = isStable
    ? [{ said: whole, counted: found }]
    : found.map((each) => ({ said: each.after, counted: [each] }));
  const encoded = sequences.map(({ said, counted }) => {
    const tokens = encode(said);
    const spans = counted.map(({ before, after }): Span => {
      const start = endOf(domain, tokens, encode(before));
      return [start, answerEnd(domain, tokens, start, encode(after))];
    });
    return { tokens, lossWeights: weightsOf(tokens.length, spans) };
  });
  return joined(encoded);
}

/**
 * Returns the index at which the answer begins in `after`, the conversation up to its end: after the earlier turns and
 * the generation prompt. If the template has rewritten earlier turns, after the last generation prompt.
 *
 * @throws RangeError if `after` does not contain the generation prompt.
 */
function startOf(
  render: (count: number, isAsked: boolean) => string,
  after: string,
  at: number,
): number {
  const before = render(at, true);
  if (after.startsWith(before)) return before.length;
  const asked = render(at, false);
  const beginning = before.startsWith(asked) ? before.slice(asked.length) : '';
  const found = after.lastIndexOf(beginning);
  if (beginning !== '' && found !== -1) return found + beginning.length;
  throw new RangeError(
    `chat template: expected one whose answers follow the beginning that it writes for them, got one that changes it: ${shownText(before.slice(-60))}`,
  );
}

/** Indices of the first token of an answer and of the token after its last. */
type Span = readonly [start: number, end: number];

/**
 * Returns how many of a text's `tokens` belong to its beginning, given the tokens of that beginning alone. They may
 * differ at the end, because letters across the boundary may form one token.
 */
function endOf(
  domain: TextDomain,
  tokens: readonly number[],
  beginning: readonly number[],
): number {
  const same = beginning.findIndex((id, i) => id !== tokens[i]);
  if (same === -1) return beginning.length;
  const decode = (ids: readonly number[]): string =>
    domain.tokenizer.decode(ids, { continues: true });
  const { length } = decode(beginning.slice(same));
  let count = 0;
  while (decode(tokens.slice(same, same + count + 1)).length <= length) count++;
  return same + count;
}

/** Returns the index after the answer's stop token, or after its last token if it has none. */
function answerEnd(
  domain: TextDomain,
  tokens: readonly number[],
  start: number,
  after: readonly number[],
): number {
  const end = endOf(domain, tokens, after);
  const stop = tokens.findIndex((id, i) => i >= start && i < end && domain.stopTokens.includes(id));
  return stop === -1 ? end : stop + 1;
}

function weightsOf(length: number, spans: readonly Span[]): Float32Array {
  const weights = new Float32Array(length);
  for (const [start, end] of spans) weights.fill(1, start, end);
  return weights;
}

/**
 * Concatenates sequences to one example. If there are several sequences, `starts` has the index of the first token of
 * each.
 */
function joined(
  sequences: readonly { tokens: readonly number[]; lossWeights: Float32Array }[],
): TokenExample {
  const starts: number[] = [];
  let length = 0;
  for (const { tokens } of sequences) {
    starts.push(length);
    length += tokens.length;
  }
  return {
    tokens: sequences.flatMap(({ tokens }) => tokens),
    lossWeights: sequences.flatMap(({ lossWeights }) => Array.from(lossWeights)),
    ...(starts.length > 1 && { starts }),
  };
}

/** Returns loss weights of 1, except 0 for the first token of each sequence, which nothing predicts. */
function allButFirsts({ tokens, starts = [0] }: TokenExample): number[] {
  return Array.from(tokens, (_, i) => (starts.includes(i) ? 0 : 1));
}

function firstTokens(
  { tokens, lossWeights }: TokenExample,
  count: number,
): { tokens: number[]; lossWeights: number[] } {
  return {
    tokens: Array.from(tokens).slice(0, count),
    lossWeights: Array.from(lossWeights).slice(0, count),
  };
}
