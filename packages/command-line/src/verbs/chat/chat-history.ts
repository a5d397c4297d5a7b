import type { TokenPrompt } from '@ramble/core';
import { withoutOldestTurn } from '@ramble/core/domain';
import type { JsonObject } from '@ramble/core/files';
import type { ChatMessage, TemplateRenderer } from '@ramble/language/chat';

/** Messages of a conversation, and its system prompt. */
export interface ChatHistory {
  readonly messages: readonly ChatMessage[];
  /** Text before all turns; none unless given. */
  system?: string;
  say(role: 'user' | 'assistant', content: string): void;
  /** Removes the last message. */
  takeBack(): void;
  /**
   * Removes the last answer, so that its message can be answered again.
   *
   * @returns whether there is a message to answer.
   */
  takeBackAnswer(): boolean;
  reset(): void;
  /**
   * Renders the conversation as a prompt. If it leaves too little space for an answer, the oldest turns are removed
   * for good.
   *
   * @throws RangeError if even the last turn, or the system prompt, leaves no space; ChatTemplateError if the chat
   *   template raises an error.
   */
  prompt(options: PromptOptions): FittedTurns;
}

interface PromptOptions {
  readonly renderer: TemplateRenderer;
  readonly encode: (text: string) => TokenPrompt;
  /** Maximum number of tokens of the prompt. */
  readonly room: number;
  /** Variables of the chat template in addition to the messages. */
  readonly variables: JsonObject;
}

/** The prompt of a conversation, and the number of messages that were removed to make it short enough. */
interface FittedTurns {
  readonly prompt: TokenPrompt;
  readonly leftOut: number;
}

/** Begins a conversation. */
export function chatHistory(system?: string): ChatHistory {
  let turns: ChatMessage[] = [];
  const history: ChatHistory = {
    get messages() {
      const first =
        history.system === undefined ? [] : [{ role: 'system', content: history.system }];
      return [...first, ...turns];
    },
    system,
    say: (role, content) => turns.push({ role, content }),
    takeBack: () => turns.pop(),
    takeBackAnswer: () => {
      if (turns.at(-1)?.role === 'assistant') turns.pop();
      return turns.length > 0;
    },
    reset: () => (turns = []),
    prompt: ({ renderer, encode, room, variables }) => {
      const tokensOf = (messages: readonly ChatMessage[]): TokenPrompt['tokens'] =>
        encode(renderer.render({ messages, variables })).tokens;
      for (let leftOut = 0; ;) {
        const tokens = tokensOf(history.messages);
        if (tokens.length <= room)
          return { prompt: { tokens, outputStart: tokens.length }, leftOut };
        const rest = withoutOldestTurn(turns);
        if (!rest) {
          // A template may refuse a conversation without a turn, but accepts an empty turn.
          const emptied = history.messages.map((message) =>
            message.role === 'system' ? message : { ...message, content: '' },
          );
          const { length } = history.system === undefined ? [] : tokensOf(emptied);
          throw length > room ? longSystem(room, length) : longMessage(room, tokens.length);
        }
        leftOut += turns.length - rest.length;
        turns = [...rest];
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
