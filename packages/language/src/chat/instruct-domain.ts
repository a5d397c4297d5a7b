import type { Domain, TokenPrompt } from '@ramble/core';
import { cutSource } from '@ramble/core/domain';

import { createTemplateRenderer } from './template-renderer.js';

/** Functions that turn the prompts of a domain into conversations with an instruct model. */
export interface Instruction<Example, Prompt> {
  /** Returns the instruction for a text: the system prompt. */
  instructionFor(prompt: Prompt): string;
  /** Returns the text to be processed, such as the document to summarize. It is the whole user message. */
  textOf(prompt: Prompt): string;
  /** Returns the beginning of the answer, which the output continues; `undefined` if the prompt has none. */
  beginningOf(prompt: Prompt): string | undefined;
  promptOf(example: Example): Prompt;
  outputOf(example: Example): string;
}

/** Placeholders for instruction and text, which occur in no template. */
const [INSTRUCTION, TEXT] = ['\u{f0000}instruction\u{f0001}', '\u{f0000}text\u{f0001}'];
const CUT = 'head';

/**
 * Makes a domain whose outputs are the answers of a text model that follows instructions. Each prompt is a
 * conversation in the form of the model's chat template, with an instruction and a text; the output is the
 * whole answer. If a text is too long, only its beginning is read.
 *
 * @param text - The text domain of the model.
 * @throws RangeError if the domain has no chat template, or one that changes the text of messages.
 */
export function instructDomain<Example, Prompt>(
  text: Domain<unknown, string, string>,
  instruction: Instruction<Example, Prompt>,
): Domain<Example, Prompt, string> {
  const { before, between, after } = readFrame(text);
  const special = text.allowSpecialTokens?.() ?? text;
  const encode = (said: string, domain = text): number[] =>
    said === '' ? [] : Array.from(domain.encodeOutput?.(said) ?? domain.encodePrompt(said).tokens);
  const ending = encode(after, special);
  const [end] = text.stopTokens;

  /**
   * Encodes the conversation of a prompt, then appends the ids of an output. `outputStart` is the index of its first
   * id.
   */
  function ask(prompt: Prompt, output: readonly number[]): TokenPrompt & { outputStart: number } {
    const head = `${before}${instruction.instructionFor(prompt)}${between}`;
    const tokens = [
      ...Array.from(special.encodePrompt(head).tokens),
      ...encode(instruction.textOf(prompt).trim()),
      ...ending,
    ];
    return { tokens: [...tokens, ...output], outputStart: tokens.length };
  }
  const encodeAnswer = (answer: string): number[] => [...encode(answer), end];
  const cut = <T extends TokenPrompt>(prompt: T, room: number): T | undefined =>
    cutSource(prompt, room, { separatorLength: ending.length });
  return {
    name: 'text',
    vocabulary: text.vocabulary,
    stopTokens: text.stopTokens,
    encodeExample: (example) => {
      const answer = encodeAnswer(instruction.outputOf(example));
      const tokenized = ask(instruction.promptOf(example), answer);
      return { ...tokenized, lossWeights: new Float32Array(tokenized.tokens.length).fill(1) };
    },
    encodePrompt: (prompt) => {
      const beginning = instruction.beginningOf(prompt);
      return ask(prompt, beginning === undefined ? [] : encode(beginning));
    },
    decodeOutput: (tokens) =>
      text.decodeOutput(tokens.filter((token) => !text.stopTokens.includes(token))).trim(),
    encodeOutput: encodeAnswer,
    segments: (example, contextLength) => [cut(example, contextLength) ?? []].flat(),
    cutPrompt: cut,
    cutRule: CUT,
  };
}

/** Renders the chat template with placeholders, and returns the text before, between and after them. */
function readFrame({
  chatTemplate,
}: Domain<unknown, string, string>): Record<'before' | 'between' | 'after', string> {
  if (!chatTemplate) {
    throw new RangeError(
      'zeroShot: expected a model with a chat template, got one without; import an instruct model, such as ramble text import smollm2-135m-instruct',
    );
  }
  const rendered = createTemplateRenderer(chatTemplate).render({
    messages: [
      { role: 'system', content: INSTRUCTION },
      { role: 'user', content: TEXT },
    ],
    variables: { enable_thinking: false },
  });
  const [before, rest = ''] = rendered.split(INSTRUCTION);
  const parts = rest.split(TEXT);
  if (parts.length !== 2 || rendered.split(INSTRUCTION).length !== 2) {
    throw new RangeError(
      'chat_template.jinja: expected a template that writes a system prompt and what a user says once, got another',
    );
  }
  return { before, between: parts[0], after: parts[1] };
}
