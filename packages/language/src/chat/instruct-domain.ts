import type { Domain, TokenPrompt } from '@ramble/core';

import { createTemplateRenderer } from './template-renderer.js';

/** What an instruct model is asked, and how its answer is read. */
export interface Instruction<Example, Prompt> {
  /** What the model is told to do with a text: the system prompt. */
  instructionFor(prompt: Prompt): string;
  /** The text, which is all that the user says. */
  textOf(prompt: Prompt): string;
  /** What the answer is to begin with. */
  beginningOf(prompt: Prompt): string | undefined;
  promptOf(example: Example): Prompt;
  outputOf(example: Example): string;
}

/** Texts that no template has, in the places of what is said. */
const [INSTRUCTION, TEXT] = ['\u{f0000}instruction\u{f0001}', '\u{f0000}text\u{f0001}'];
const CUT = 'head';

/**
 * A domain of answers by a model of text that follows instructions: each prompt is a conversation in the form of
 * the model's chat template, of an instruction and a text, and the output is the whole answer. Of a text that is
 * too long the beginning is read.
 *
 * @param text - The model's own domain, of texts.
 * @throws RangeError when it has no chat template, or one that does not write what is said as it is.
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

  /** A prompt, and where its text lies, which may be cut. */
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
  const cut = <T extends TokenPrompt>(prompt: T, room: number): T | undefined => {
    const { outputStart = prompt.tokens.length } = prompt;
    const tooMany = prompt.tokens.length - room;
    if (tooMany <= 0) return prompt;
    const textEnd = outputStart - ending.length;
    if (tooMany >= textEnd) return undefined;
    const all = Array.from(prompt.tokens);
    const tokens = [...all.slice(0, textEnd - tooMany), ...all.slice(textEnd)];
    const { lossWeights } = prompt as { lossWeights?: ArrayLike<number> }; // of an example
    return {
      ...prompt,
      tokens,
      outputStart: outputStart - tooMany,
      ...(lossWeights && { lossWeights: Array.from(lossWeights).slice(tooMany) }),
    };
  };
  return {
    name: 'text',
    vocabulary: text.vocabulary,
    stopTokens: text.stopTokens,
    encodeExample: (example) => {
      const answer = encodeAnswer(instruction.outputOf(example));
      const asked = ask(instruction.promptOf(example), answer);
      return { ...asked, lossWeights: new Float32Array(asked.tokens.length).fill(1) };
    },
    encodePrompt: (prompt) => {
      const beginning = instruction.beginningOf(prompt);
      return ask(prompt, beginning === undefined ? [] : encode(beginning));
    },
    decodeOutput: (tokens) =>
      text.decodeOutput(tokens.filter((token) => !text.stopTokens.includes(token))).trim(),
    encodeOutput: encodeAnswer,
    segments: (example, contextLength) => {
      const shorter = cut(example, contextLength);
      return shorter === undefined ? [] : [shorter];
    },
    cutPrompt: cut,
    cutRule: CUT,
  };
}

/** What a template writes around an instruction and a text. */
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
