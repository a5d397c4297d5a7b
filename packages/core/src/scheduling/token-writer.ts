import { isMovable, mostPositions } from '../attention/attention-layers.js';
import { REWINDABLE } from '../attention/layer-cache.js';
import { advance } from '../model/advance.js';
import { checkSequenceTokens } from '../model/forward.js';
import { truncateSequence } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { slideSequence } from '../model/slide-sequence.js';
import type { Roster } from './roster.js';
import { type Running, workOf } from './running-sequence.js';
import type { NextRead } from './scheduled-sequence.js';
import type { SlotTable } from './slot-table.js';

/** What a writer of tokens works on. */
export interface TokenWriterOptions {
  readonly model: Model;
  readonly table: SlotTable;
  readonly roster: Roster;
  /** Whether a first token counts as one of the round in which its prompt was read. */
  readonly isAheadOfPrompts: boolean;
}

/** Gives sequences whose prompts are read their next tokens. */
export class TokenWriter {
  readonly #model: Model;
  readonly #table: SlotTable;
  readonly #roster: Roster;
  readonly #isAheadOfPrompts: boolean;
  /** Logits of a step, which the next one overwrites: whoever chooses may keep none. */
  readonly #stepLogits: Float32Array;

  constructor({ model, table, roster, isAheadOfPrompts }: TokenWriterOptions) {
    this.#model = model;
    this.#table = table;
    this.#roster = roster;
    this.#isAheadOfPrompts = isAheadOfPrompts;
    this.#stepLogits = new Float32Array(table.cache.batchSize * model.config.vocabSize);
  }

  /** Chooses the first token after the prompt. */
  begin(reader: Running): void {
    reader.isAhead = this.#isAheadOfPrompts;
    this.#choose(reader, reader.work.firstLogits);
  }

  /** Gives each sequence whose prompt is read its next token. */
  step(): void {
    const { running } = this.#roster;
    const ready = running.filter(({ next }) => next !== undefined);
    const behind = ready.filter(({ isAhead }) => !isAhead);
    const due = behind.length > 0 ? behind : ready;
    for (const writer of ready) writer.isAhead = false;
    const draft = running.length === 1 ? this.#draftOf(running[0]) : [];
    const writers = due.filter((writer) => this.#reserve(writer, 1 + draft.length));
    if (writers.length === 0) return;
    const feeds = writers.flatMap(({ slots: own, next = [] }) =>
      next.map((token, i) => ({ sequence: own[i], tokens: [token, ...draft] })),
    );
    const into = draft.length === 0 ? this.#stepLogits : undefined; // a draft may have more rows
    const logits = advance(this.#model, this.#table.cache, feeds, { logits: 'all', into });
    for (const { next = [], written } of writers) written.push(...next, ...draft);
    if (draft.length > 0) {
      this.#verify(writers[0], draft, logits);
      return;
    }
    let row = 0;
    for (const writer of writers) {
      const count = writer.next?.length ?? 0; // another's choice may take it out, but not change it
      this.#choose(writer, this.#rowsOf(logits, row, count));
      row += count;
    }
  }

  #rowsOf(logits: Float32Array, row: number, count = 1): Float32Array {
    const { vocabSize } = this.#model.config;
    return logits.subarray(row * vocabSize, (row + count) * vocabSize);
  }

  /** Whether there is memory for new tokens of a sequence; it fails where there is none. */
  #reserve(writer: Running, count: number): boolean {
    try {
      this.#table.reserve(writer.slots, count);
      return true;
    } catch (error) {
      this.#roster.fail(writer, error);
      for (const slot of writer.slots) this.#table.clear(slot); // after it has left, which notes what they hold
      return false;
    }
  }

  /** A draft costs little where the model reads one sequence; of many each would cost its share. */
  #draftOf({ sequence, slots: [slot], next }: Running): readonly number[] {
    const { cache } = this.#table;
    const room = cache.capacity - cache.lengths[slot] - 1;
    return (next?.length === 1 && sequence.draft?.(Math.min(room, REWINDABLE))) || [];
  }

  /** Chooses after each token of a draft, while each choice equals the next token of the draft. */
  #verify(writer: Running, draft: readonly number[], logits: Float32Array): void {
    const { cache } = this.#table;
    const [slot] = writer.slots;
    const certain = cache.lengths[slot] - draft.length;
    const { work } = writer;
    for (let i = 0; i <= draft.length; i++) {
      this.#choose(writer, this.#rowsOf(logits, i), draft.length - i);
      if (!this.#roster.has(writer) || writer.work !== work || writer.next === undefined) return;
      if (writer.next[0] === draft[i]) continue;
      truncateSequence(cache, slot, certain + i); // what is read behind another token is wrong
      writer.written.length -= draft.length - i;
      return;
    }
  }

  /**
   * Chooses the next token of a sequence, or of each of its beams.
   *
   * @param unverified - Positions of a draft that its slot has beyond what it chooses after.
   */
  #choose(writer: Running, logits: Float32Array, unverified = 0): void {
    const roster = this.#roster;
    if (!roster.has(writer)) return; // another's choice took it out
    try {
      const next = writer.sequence.choose(logits);
      if (next === undefined) roster.leave(writer);
      else if (roster.has(writer)) this.#goOn(writer, next, unverified); // it may have taken itself out
    } catch (error) {
      roster.fail(writer, error);
    }
  }

  /** Prepares a sequence's next feed. */
  #goOn(writer: Running, next: NextRead, unverified: number): void {
    const { config } = this.#model;
    const { slots: own, sequence } = writer;
    if (typeof next === 'object' && next.kind === 'restart') {
      const tokens = Array.from(next.tokens);
      checkSequenceTokens(config, tokens);
      writer.work = workOf({ prompt: { tokens }, sequences: [sequence] });
      if (next.known && isMovable(config)) this.#slide(writer, next.known, unverified);
      else this.#roster.restart(writer);
      return;
    }
    writer.next = typeof next === 'object' ? next.tokens : [next];
    const sources = typeof next === 'object' ? next.sources : [0];
    for (const [i, source] of sources.entries()) this.#table.survive(own[i], own[source]);
    const { lengths } = this.#table.cache;
    const longest = Math.max(...sources.map((source) => lengths[own[source]])) - unverified;
    if (longest < mostPositions(config)) return;
    throw new RangeError(
      `sequence: expected at most the ${config.contextLength} tokens of the context, got one more`,
    );
  }

  /** Keeps the newest tokens as the model has read them, and puts newly read tokens before them. */
  #slide(writer: Running, known: number, unverified: number): void {
    const { cache } = this.#table;
    const { slots: own, work } = writer;
    const [slot] = own;
    const { tokens } = work;
    truncateSequence(cache, slot, cache.lengths[slot] - unverified);
    slideSequence(this.#model, cache, slot, { before: tokens.slice(0, -(known + 1)), kept: known });
    this.#table.hold(slot, { prompt: work, read: 0, length: 0 }); // nobody else would read it so
    writer.read = tokens.length;
    writer.parted = 0;
    writer.written = [];
    writer.next = tokens.slice(-1);
  }
}
