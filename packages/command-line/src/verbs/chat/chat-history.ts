import type { ChatMessage, TemplateRenderer } from '@ramble/language/chat';
import type { TokenPrompt } from '@ramble/core';
import type { JsonObject } from '@ramble/core/files';

/** What was said in a conversation, and its system prompt. */
export interface ChatHistory {
  readonly messages: readonly ChatMessage[];
  /** The text that stands before all turns; none unless given. */
  system?: string;
  say(role: 'user' | 'assistant', content: string): void;
  /** Takes the last message back. */
  takeBack(): void;
  reset(): void;
  /**
   * The conversation as a prompt. Of one that leaves too little room for an answer the oldest turns are
   * left out, now and later.
   *
   * @throws RangeError when the last turn, or the system prompt, alone leaves no room; Error of the
   *   template.
   */
  prompt(options: PromptOptions): FittedTurns;
}

interface PromptOptions {
  readonly renderer: TemplateRenderer;
  readonly encode: (text: string) => TokenPrompt;
  /** Maximum number of tokens of the prompt. */
  readonly room: number;
  /** Further variables of the template. */
  readonly variables: JsonObject;
}

/** A prompt, and how many messages were left out of it that an earlier one had. */
interface FittedTurns {
  readonly prompt: TokenPrompt;
  readonly leftOut: number;
}

/** Begins a conversation. */
export function chatHistory(system?: string): ChatHistory {
  let said: ChatMessage[] = [];
  const history: ChatHistory = {
    get messages() {
      const first =
        history.system === undefined ? [] : [{ role: 'system', content: history.system }];
      return [...first, ...said];
    },
    system,
    say: (role, content) => said.push({ role, content }),
    takeBack: () => said.pop(),
    reset: () => (said = []),
    prompt: ({ renderer, encode, room, variables }) => {
      const tokensOf = (messages: readonly ChatMessage[]): TokenPrompt['tokens'] =>
        encode(renderer.render({ messages, variables })).tokens;
      for (let leftOut = 0; ;) {
        const tokens = tokensOf(history.messages);
        if (tokens.length <= room)
          return { prompt: { tokens, outputStart: tokens.length }, leftOut };
        const next = said.findIndex(({ role }, i) => i > 0 && role === 'user');
        if (next < 0) {
          // A template may refuse a conversation without a turn, but not one whose turn is empty.
          const untold = history.messages.map((message) =>
            message.role === 'system' ? message : { ...message, content: '' },
          );
          const { length } = history.system === undefined ? [] : tokensOf(untold);
          throw length > room ? longSystem(room, length) : longMessage(room, tokens.length);
        }
        said = said.slice(next);
        leftOut += next;
      }
    },
  };
  return history;
}

function longSystem(room: number, got: number): RangeError {
  return new RangeError(
    `system: expected a prompt that leaves room for a message and an answer, below ${room} tokens of the context with its template, got ${got}; use a shorter one`,
  );
}

function longMessage(room: number, got: number): RangeError {
  return new RangeError(
    `message: expected one that leaves room for an answer, ${room} tokens of the context with its template, got ${got}`,
  );
}
