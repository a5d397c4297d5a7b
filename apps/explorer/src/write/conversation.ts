import type { ChatTurn } from '@ramble/explorer';
import { signal } from '@preact/signals';

/** A conversation with a model whose vocabulary has a chat template. */
export class Conversation {
  /** Whether prompts are messages, and not beginnings of a text. */
  readonly isOn = signal(false);
  /** All messages so far, the last one the user's. */
  readonly turns = signal<readonly ChatTurn[]>([]);

  /**
   * Adds a message of the user.
   *
   * @param answer - The answer to the message before, as it stands now: tokens of it may have been replaced.
   */
  say(message: string, answer: string): void {
    const before = this.turns.peek();
    const answered = before.length > 0 ? [...before, { role: 'assistant', content: answer }] : [];
    this.turns.value = [...answered, { role: 'user', content: message }];
  }

  /** Forgets all messages. */
  restart(): void {
    this.turns.value = [];
  }
}
