import type { AnyApp, Domain, Grammar, Model, TextStream, TokenPrompt } from '@ramble/core';

/** A model and what its tokens mean, as a run holds them. */
export interface ServedModel {
  /** What clients call it. */
  readonly id: string;
  readonly model: Model;
  readonly app: AnyApp;
  readonly domain: Domain<unknown, unknown, unknown>;
}

/** A model that reads and writes text. */
export interface TextModel {
  readonly id: string;
  readonly model: Model;
  readonly stopTokens: readonly number[];
  readonly grammar?: Grammar<unknown>;
  /** @throws Error when the text has what the model does not know. */
  encode(text: string): TokenPrompt;
  /** Text of tokens as they come. */
  stream(): TextStream;
  /** The text of one token; where that is part of a character, its bytes as people read them. */
  textOf(token: number): string;
}

/**
 * Reads and writes a model's tokens as text.
 *
 * @throws TypeError when its outputs are not text.
 */
export function textModel({ id, model, app, domain }: ServedModel): TextModel {
  const stream = (): TextStream => {
    const opened = app.streamOutput?.(domain);
    if (!opened) {
      throw new TypeError(`domain: expected one whose outputs are text, got ${app.name}`);
    }
    return opened;
  };
  stream();
  return {
    id,
    model,
    stopTokens: domain.stopTokens,
    grammar: domain.grammar,
    encode: (text) => domain.encodePrompt(app.readPrompt(new TextEncoder().encode(text))),
    stream,
    textOf: (token) => {
      const whole = stream();
      const text = whole.push(token) + whole.end();
      return text.includes('\uFFFD') ? domain.vocabulary.describe(token) : text;
    },
  };
}
