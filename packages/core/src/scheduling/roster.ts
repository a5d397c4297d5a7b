import { type Entry, hasRead, type Running, widthOf, type Work } from './running-sequence.js';
import type { ScheduledSequence } from './scheduled-sequence.js';
import type { SlotTable } from './slot-table.js';

/** The sequences of a scheduler: those that wait for slots, and those that have them. */
export class Roster {
  readonly #table: SlotTable;
  readonly #urgentSlots: number;
  #queue: Entry[] = [];
  #running: Running[] = [];

  /**
   * Creates a roster without sequences.
   *
   * @param urgentSlots - Number of slots that only urgent sequences get while others wait.
   */
  constructor(table: SlotTable, urgentSlots: number) {
    this.#table = table;
    this.#urgentSlots = urgentSlots;
  }

  get queue(): readonly Entry[] {
    return this.#queue;
  }

  /** The urgent ones first. */
  get running(): readonly Running[] {
    return this.#running;
  }

  /** Whether a sequence has its slots still. */
  has(writer: Running): boolean {
    return this.#running.includes(writer);
  }

  /** Queues the sequences of a request, those of an urgent one ahead of the others. */
  add(work: Work, sequences: readonly ScheduledSequence[]): void {
    const ahead = work.isUrgent ? this.#queue.filter((entry) => entry.work.isUrgent) : this.#queue;
    this.#queue.splice(ahead.length, 0, ...sequences.map((sequence) => ({ work, sequence })));
  }

  /** Gives free slots to the one that waits longest, the urgent first. */
  admit(): Running | undefined {
    const entry = this.#nextEntry();
    if (!entry) return undefined;
    this.#queue.splice(this.#queue.indexOf(entry), 1);
    const { work } = entry;
    const sibling = this.#running.find((other) => other.work === work && hasRead(other));
    const joined: Running = { ...entry, ...this.#table.take(widthOf(entry), work), written: [] };
    if (work.onPromptLogits && joined.read > 0) this.restart(joined); // all of them are to be told
    if (work.isUrgent) this.#running.unshift(joined);
    else this.#running.push(joined);
    work.onStart?.();
    if (sibling) this.copyPrompt(sibling, joined);
    return joined;
  }

  /**
   * The sequence that gets slots next, if there are enough. An urgent one takes slots of the batch when no other
   * sequence waits, or when it needs more slots than are kept for urgent ones.
   */
  #nextEntry(): Entry | undefined {
    const queue = this.#queue;
    const fits = (entry: Entry, free: number): boolean => widthOf(entry) <= free;
    const urgent = this.#running.filter(({ work }) => work.isUrgent);
    const kept = this.#urgentSlots - urgent.reduce((sum, entry) => sum + widthOf(entry), 0);
    const { freeCount } = this.#table;
    const ordinary = queue.find(({ work }) => !work.isUrgent);
    if (queue.length > 0 && queue[0] !== ordinary) {
      const [first] = queue;
      const takesAny = ordinary === undefined || !fits(first, this.#urgentSlots);
      if (fits(first, takesAny ? freeCount : Math.min(freeCount, kept))) return first;
      if (takesAny) return undefined; // others would take the slots that it waits for
    }
    return ordinary && fits(ordinary, freeCount - Math.max(0, kept)) ? ordinary : undefined;
  }

  /** Restarts a sequence: clears its slot, to read its prompt again. */
  restart(reader: Running): void {
    this.#table.clear(reader.slots[0]);
    reader.read = reader.parted = 0;
    reader.written = [];
    reader.next = undefined;
  }

  /** Gives a sequence the prompt that another of its request has read, as far as that one still knows it. */
  copyPrompt(from: Running, to: Running): void {
    to.read = this.#table.copyPrompt(from.slots[0], to.slots[0], to.work);
    to.parted = Math.min(to.read, from.parted);
  }

  /** Frees a sequence's slots; nothing when it has none any more. */
  leave(writer: Running): void {
    if (!this.has(writer)) return;
    this.#running = this.#running.filter((other) => other !== writer);
    const { work, slots, read, parted, written } = writer;
    if (slots.length === 1) {
      this.#table.hold(slots[0], { prompt: work, read: parted, length: read, written });
    }
    this.#table.release(slots);
  }

  /** Frees a sequence's slots, or takes it out of the queue; nothing when it is done. */
  remove(sequence: ScheduledSequence): void {
    this.#queue = this.#queue.filter((other) => other.sequence !== sequence);
    const writer = this.#running.find((other) => other.sequence === sequence);
    if (writer) this.leave(writer);
  }

  /** Takes all sequences out of the queue. */
  removeWaiting(): ScheduledSequence[] {
    return this.#queue.splice(0).map(({ sequence }) => sequence);
  }

  /** Fails a sequence. */
  fail(writer: Running, error: unknown): void {
    this.leave(writer);
    writer.sequence.fail(error);
  }

  /** Fails the sequences of one request, those that wait too. */
  failWork(work: Work, error: unknown): void {
    const failing = this.#running.filter((other) => other.work === work);
    const waiting = this.#queue.filter((other) => other.work === work);
    this.#queue = this.#queue.filter((other) => other.work !== work);
    for (const writer of failing) this.leave(writer);
    for (const { sequence } of [...failing, ...waiting]) sequence.fail(error);
  }

  /** Fails every sequence, those that wait too, and empties all slots. */
  failAll(error: unknown): void {
    const sequences = this.#running.map(({ sequence }) => sequence);
    for (const writer of this.#running) this.leave(writer);
    this.#table.clearAll();
    for (const sequence of [...sequences, ...this.removeWaiting()]) sequence.fail(error);
  }
}
