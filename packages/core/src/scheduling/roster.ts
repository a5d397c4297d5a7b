import {
  type ActiveSequence,
  hasReadPrompt,
  type PromptState,
  type WaitingSequence,
  widthOf,
} from './active-sequence.js';
import type { ScheduledRequest, ScheduledSequence } from './scheduled-sequence.js';
import type { SlotTable } from './slot-table.js';

/** The sequences of a scheduler: those that wait for slots, and those that have them. */
export class Roster {
  readonly #table: SlotTable;
  readonly #urgentSlots: number;
  #waiting: WaitingSequence[] = [];
  #active: ActiveSequence[] = [];

  /**
   * Creates a roster without sequences.
   *
   * @param urgentSlots - Number of slots that only urgent sequences get while others wait.
   */
  constructor(table: SlotTable, urgentSlots: number) {
    this.#table = table;
    this.#urgentSlots = urgentSlots;
  }

  get waiting(): readonly WaitingSequence[] {
    return this.#waiting;
  }

  /** The urgent ones first. */
  get active(): readonly ActiveSequence[] {
    return this.#active;
  }

  /** Whether a sequence has its slots still. */
  has(active: ActiveSequence): boolean {
    return this.#active.includes(active);
  }

  /** Queues the sequences of a request, those of an urgent one ahead of the others. */
  add(
    prompt: PromptState,
    { sequences, isUrgent = false }: Pick<ScheduledRequest, 'sequences' | 'isUrgent'>,
  ): void {
    const ahead = isUrgent ? this.#waiting.filter((entry) => entry.isUrgent) : this.#waiting;
    const added = sequences.map((sequence) => ({ prompt, sequence, isUrgent }));
    this.#waiting.splice(ahead.length, 0, ...added);
  }

  /** Gives free slots to the one that waits longest, the urgent first. */
  admit(): ActiveSequence | undefined {
    const entry = this.#nextEntry();
    if (!entry) return undefined;
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    const { prompt } = entry;
    const sibling = this.#active.find((other) => other.prompt === prompt && hasReadPrompt(other));
    const joined: ActiveSequence = {
      ...entry,
      ...this.#table.take(widthOf(entry), prompt),
      generatedTokens: [],
    };
    if (prompt.onPromptLogits && joined.computedCount > 0) this.restart(joined); // it reports all
    if (joined.isUrgent) this.#active.unshift(joined);
    else this.#active.push(joined);
    prompt.onStart?.();
    if (sibling) this.copyPrompt(sibling, joined);
    return joined;
  }

  /**
   * The sequence that gets slots next, if there are enough. An urgent one takes slots of the batch when no other
   * sequence waits, or when it needs more slots than are kept for urgent ones.
   */
  #nextEntry(): WaitingSequence | undefined {
    const waiting = this.#waiting;
    const fits = (entry: WaitingSequence, free: number): boolean => widthOf(entry) <= free;
    const urgent = this.#active.filter(({ isUrgent }) => isUrgent);
    const kept = this.#urgentSlots - urgent.reduce((sum, entry) => sum + widthOf(entry), 0);
    const { freeCount } = this.#table;
    const ordinary = waiting.find(({ isUrgent }) => !isUrgent);
    if (waiting.length > 0 && waiting[0] !== ordinary) {
      const [first] = waiting;
      const takesAny = ordinary === undefined || !fits(first, this.#urgentSlots);
      if (fits(first, takesAny ? freeCount : Math.min(freeCount, kept))) return first;
      if (takesAny) return undefined; // others would take the slots that it waits for
    }
    return ordinary && fits(ordinary, freeCount - Math.max(0, kept)) ? ordinary : undefined;
  }

  /** Restarts a sequence: clears its slot, to read its prompt again. */
  restart(active: ActiveSequence): void {
    this.#table.clear(active.slots[0]);
    active.computedCount = active.chunkedCount = 0;
    active.generatedTokens = [];
    active.next = undefined;
  }

  /** Gives a sequence the prompt that another of its request has read, as far as that one still knows it. */
  copyPrompt(from: ActiveSequence, to: ActiveSequence): void {
    to.computedCount = this.#table.copyPrompt(from.slots[0], to.slots[0], to.prompt);
    to.chunkedCount = Math.min(to.computedCount, from.chunkedCount);
  }

  /** Frees a sequence's slots; nothing when it has none any more. */
  leave(active: ActiveSequence): void {
    if (!this.has(active)) return;
    this.#active = this.#active.filter((other) => other !== active);
    const { prompt, slots, computedCount, chunkedCount, generatedTokens } = active;
    if (slots.length === 1) {
      this.#table.hold(slots[0], { prompt, chunkedCount, computedCount, generatedTokens });
    }
    this.#table.release(slots);
  }

  /** Frees a sequence's slots, or takes it out of the queue; nothing when it is done. */
  remove(sequence: ScheduledSequence): void {
    this.#waiting = this.#waiting.filter((other) => other.sequence !== sequence);
    const active = this.#active.find((other) => other.sequence === sequence);
    if (active) this.leave(active);
  }

  /** Takes all sequences out of the queue. */
  removeWaiting(): ScheduledSequence[] {
    return this.#waiting.splice(0).map(({ sequence }) => sequence);
  }

  /** Fails a sequence. */
  fail(active: ActiveSequence, error: unknown): void {
    this.leave(active);
    active.sequence.fail(error);
  }

  /** Fails the sequences of one request, those that wait too. */
  failRequest(prompt: PromptState, error: unknown): void {
    const failing = this.#active.filter((other) => other.prompt === prompt);
    const waiting = this.#waiting.filter((other) => other.prompt === prompt);
    this.#waiting = this.#waiting.filter((other) => other.prompt !== prompt);
    for (const active of failing) this.leave(active);
    for (const { sequence } of [...failing, ...waiting]) sequence.fail(error);
  }

  /** Fails every sequence, those that wait too, and empties all slots. */
  failAll(error: unknown): void {
    const sequences = this.#active.map(({ sequence }) => sequence);
    for (const active of this.#active) this.leave(active);
    this.#table.clearAll();
    for (const sequence of [...sequences, ...this.removeWaiting()]) sequence.fail(error);
  }
}
