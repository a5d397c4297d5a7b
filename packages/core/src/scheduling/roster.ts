import {
  type ActiveSequence,
  hasReadPrompt,
  type PromptState,
  type ScheduledRequest,
  type ScheduledSequence,
  type WaitingSequence,
  widthOf,
} from './scheduled-sequence.js';
import type { SlotTable } from './slot-table.js';

/** The waiting and the active sequences of a scheduler. */
export class Roster {
  #waiting: WaitingSequence[] = [];
  #active: ActiveSequence[] = [];

  /**
   * Creates a roster without sequences.
   *
   * @param urgentSlots - Number of slots that only urgent sequences may take.
   */
  constructor(
    private readonly table: SlotTable,
    private readonly urgentSlots: number,
  ) {}

  /** Sequences without slots, in the order of admission, with urgent ones first. */
  get waiting(): readonly WaitingSequence[] {
    return this.#waiting;
  }

  /** Sequences with slots, with urgent ones first. */
  get active(): readonly ActiveSequence[] {
    return this.#active;
  }

  /** Whether a sequence still has its slots. */
  has(active: ActiveSequence): boolean {
    return this.#active.includes(active);
  }

  /** Queues the sequences of a request. Urgent ones come before the others. */
  add(
    prompt: PromptState,
    { sequences, isUrgent = false }: Pick<ScheduledRequest, 'sequences' | 'isUrgent'>,
  ): void {
    const ahead = isUrgent ? this.#waiting.filter((entry) => entry.isUrgent) : this.#waiting;
    const added = sequences.map((sequence) => ({ prompt, sequence, isUrgent }));
    this.#waiting.splice(ahead.length, 0, ...added);
  }

  /** Assigns free slots to the next waiting sequence; returns undefined if too few are free. */
  admit(): ActiveSequence | undefined {
    const entry = this.#nextEntry();
    if (!entry) return undefined;
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    const { prompt } = entry;
    const sibling = this.#active.find((other) => other.prompt === prompt && hasReadPrompt(other));
    const joined: ActiveSequence = {
      ...entry,
      ...this.table.take(widthOf(entry), prompt),
      generatedTokens: [],
    };
    if (prompt.onPromptLogits && joined.computedCount > 0) this.restart(joined); // it reports the logits of every token
    if (joined.isUrgent) this.#active.unshift(joined);
    else this.#active.push(joined);
    prompt.onStart?.();
    if (sibling) this.copyPrompt(sibling, joined);
    return joined;
  }

  /**
   * Returns the sequence that gets slots next, if enough are free. An urgent one may take slots of the batch
   * if no other sequence waits, or if it needs more slots than are reserved for urgent ones.
   */
  #nextEntry(): WaitingSequence | undefined {
    const waiting = this.#waiting;
    const fits = (entry: WaitingSequence, free: number): boolean => widthOf(entry) <= free;
    const urgent = this.#active.filter(({ isUrgent }) => isUrgent);
    const kept = this.urgentSlots - urgent.reduce((sum, entry) => sum + widthOf(entry), 0);
    const { freeCount } = this.table;
    const ordinary = waiting.find(({ isUrgent }) => !isUrgent);
    if (waiting.length > 0 && waiting[0] !== ordinary) {
      const [first] = waiting;
      const takesAny = ordinary === undefined || !fits(first, this.urgentSlots);
      if (fits(first, takesAny ? freeCount : Math.min(freeCount, kept))) return first;
      if (takesAny) return undefined; // other sequences would take the slots that it waits for
    }
    return ordinary && fits(ordinary, freeCount - Math.max(0, kept)) ? ordinary : undefined;
  }

  /** Restarts a sequence: clears its slot, so that its prompt is read again. */
  restart(active: ActiveSequence): void {
    this.table.clear(active.slots[0]);
    active.computedCount = active.chunkedCount = 0;
    active.generatedTokens = [];
    active.next = undefined;
  }

  /** Copies to a sequence's slot the part of the prompt that another slot of the same request still contains. */
  copyPrompt(from: ActiveSequence, to: ActiveSequence): void {
    to.computedCount = this.table.copyPrompt(from.slots[0], to.slots[0], to.prompt);
    to.chunkedCount = Math.min(to.computedCount, from.chunkedCount);
  }

  /** Frees the slots of a sequence; does nothing if it has none. */
  leave(active: ActiveSequence): void {
    if (!this.has(active)) return;
    this.#active = this.#active.filter((other) => other !== active);
    const { prompt, slots, computedCount, chunkedCount, generatedTokens } = active;
    if (slots.length === 1) {
      this.table.hold(slots[0], { prompt, chunkedCount, computedCount, generatedTokens });
    }
    this.table.release(slots);
  }

  /** Removes a waiting or an active sequence; does nothing for any other. */
  remove(sequence: ScheduledSequence): void {
    this.#waiting = this.#waiting.filter((other) => other.sequence !== sequence);
    const active = this.#active.find((other) => other.sequence === sequence);
    if (active) this.leave(active);
  }

  /** Removes all waiting sequences, and returns them. */
  removeWaiting(): ScheduledSequence[] {
    return this.#waiting.splice(0).map(({ sequence }) => sequence);
  }

  /** Removes an active sequence and calls its `fail`. */
  fail(active: ActiveSequence, error: unknown): void {
    this.leave(active);
    active.sequence.fail(error);
  }

  /** Removes the sequences of one request, including waiting ones, and calls their `fail`. */
  failRequest(prompt: PromptState, error: unknown): void {
    const failing = this.#active.filter((other) => other.prompt === prompt);
    const waiting = this.#waiting.filter((other) => other.prompt === prompt);
    this.#waiting = this.#waiting.filter((other) => other.prompt !== prompt);
    for (const active of failing) this.leave(active);
    for (const { sequence } of [...failing, ...waiting]) sequence.fail(error);
  }

  /** Removes all sequences, clears all slots, and calls each sequence's `fail`. */
  failAll(error: unknown): void {
    const sequences = this.#active.map(({ sequence }) => sequence);
    for (const active of this.#active) this.leave(active);
    this.table.clearAll();
    for (const sequence of [...sequences, ...this.removeWaiting()]) sequence.fail(error);
  }
}
