import { signal } from '@preact/signals';
import type { ChatTurn } from '@ramble/explorer';

/** A conversation with a model whose vocabulary has a chat template. */
export class Conversation {
  /** Whether prompts are messages instead of beginnings of a text. */
  readonly isOn = signal(false);
  /** The user's messages and the answers between them. The last turn is a message; its answer is the last output. */
  readonly turns = signal<readonly ChatTurn[]>([]);
  /** Instructions to the model before the first message; empty for none. */
  readonly system = signal('');
  /** Index of the message that is edited, among the user's messages. */
  readonly editing = signal<number | undefined>(undefined);
  /** Number of times that the last answer was regenerated, which is added to the seed. */
  retries = 0;

  /** Number of the user's messages. */
  get length(): number {
    return Math.ceil(this.turns.value.length / 2);
  }

  /** All messages in the order of the template. */
  get messages(): ChatTurn[] {
    const system = this.system.peek();
    const first = system.trim() === '' ? [] : [{ role: 'system', content: system }];
    return [...first, ...this.turns.peek()];
  }

  /**
   * Appends a message of the user, or replaces the message at `index` and all later turns by it.
   *
   * @param answer - Current text of the answer to the preceding message; the user may have replaced tokens of it.
   */
  say(message: string, answer: string, index = this.length): void {
    const before = this.turns.peek().slice(0, Math.max(0, 2 * index - 1));
    const answered = index > 0 ? [...before, { role: 'assistant', content: answer }] : [];
    this.turns.value = [...answered, { role: 'user', content: message }];
    this.editing.value = undefined;
  }

  /** Removes all turns after the message at `index` among the user's messages. */
  cutAfter(index: number): void {
    this.turns.value = this.turns.peek().slice(0, 2 * index + 1);
  }

  /** Removes all messages. */
  restart(): void {
    this.turns.value = [];
    this.editing.value = undefined;
    this.retries = 0;
  }
}
