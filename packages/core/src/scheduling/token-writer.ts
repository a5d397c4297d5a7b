import { REWINDABLE } from '../attention/layer-cache.js';
import { advance } from '../model/advance.js';
import { checkSequenceTokens } from '../model/forward.js';
import { truncateSlot } from '../model/kv-cache.js';
import type { Model } from '../model/model.js';
import { slideSlot } from '../model/move-slots.js';
import { type ActiveSequence, type NextRead, promptState } from './scheduled-sequence.js';
import type { Roster } from './roster.js';
import type { SlotTable } from './slot-table.js';

/** Generates tokens (the decode phase) for the sequences whose prompts were read. */
export class TokenWriter {
  /** Logits of a step, `[slots, V]`; the next step overwrites them. */
  readonly #stepLogits: Float32Array;

  /**
   * Creates a writer for the model, slots and sequences of a scheduler.
   *
   * @param isAheadOfPrompts - Whether a decoding step skips the sequences that chose their first token since the
   *   previous decoding step (`ActiveSequence.isAhead`).
   */
  constructor(
    private readonly model: Model,
    private readonly table: SlotTable,
    private readonly roster: Roster,
    private readonly isAheadOfPrompts: boolean,
  ) {
    this.#stepLogits = new Float32Array(table.cache.batchSize * model.config.vocabSize);
  }

  /** Chooses the first token after the prompt. */
  chooseFirst(active: ActiveSequence): void {
    active.isAhead = this.isAheadOfPrompts;
    this.#choose(active, active.prompt.firstLogits);
  }

  /**
   * Runs one decoding step: calls the model once and chooses the next token of each sequence that has read its
   * prompt. Sequences with `isAhead` are skipped, unless all of them have it.
   */
  step(): void {
    const { active: all } = this.roster;
    const ready = all.filter(({ next }) => next !== undefined);
    const owed = ready.filter(({ isAhead }) => !isAhead);
    const due = owed.length > 0 ? owed : ready;
    for (const active of ready) active.isAhead = false;
    const draft = all.length === 1 ? this.#draftOf(all[0]) : [];
    const fed = due.filter((active) =>
      this.table.reserve(active.slots, 1 + draft.length, (error) =>
        this.roster.fail(active, error),
      ),
    );
    if (fed.length === 0) return;
    const feeds = fed.flatMap(({ slots, next = [], prompt: { model } }) =>
      next.map((token, i) => ({ slot: slots[i], tokens: [token, ...draft], model })),
    );
    const into = draft.length === 0 ? this.#stepLogits : undefined; // a draft may have more rows
    const logits = advance(this.model, this.table.cache, feeds, { logits: 'all', into });
    for (const { next = [], generatedTokens } of fed) generatedTokens.push(...next, ...draft);
    if (draft.length > 0) {
      this.#verify(fed[0], draft, logits);
      return;
    }
    let row = 0;
    for (const active of fed) {
      // The choice of another sequence may have removed this one, but not changed it.
      const count = active.next?.length ?? 0;
      this.#choose(active, this.#rowsOf(logits, row, count));
      row += count;
    }
  }

  #rowsOf(logits: Float32Array, row: number, count = 1): Float32Array {
    const { vocabSize } = this.model.config;
    return logits.subarray(row * vocabSize, (row + count) * vocabSize);
  }

  /**
   * Returns draft tokens if only one sequence is active. With several sequences, each draft token would take a row of
   * the batch.
   */
  #draftOf({ sequence, slots: [slot], next }: ActiveSequence): readonly number[] {
    const { cache } = this.table;
    const room = cache.capacity - cache.lengths[slot] - 1;
    return (next?.length === 1 && sequence.draft?.(Math.min(room, REWINDABLE))) || [];
  }

  /** Chooses a token after each draft token, until the chosen token differs from the next draft token. */
  #verify(active: ActiveSequence, draft: readonly number[], logits: Float32Array): void {
    const { cache } = this.table;
    const [slot] = active.slots;
    const certain = cache.lengths[slot] - draft.length;
    const { prompt } = active;
    for (let i = 0; i <= draft.length; i++) {
      this.#choose(active, this.#rowsOf(logits, i), draft.length - i);
      const hasRestarted = active.prompt !== prompt || active.next === undefined;
      if (!this.roster.has(active) || hasRestarted) return;
      if (active.next?.[0] === draft[i]) continue;
      truncateSlot(cache, slot, certain + i); // later tokens followed a token that was not chosen
      active.generatedTokens.length -= draft.length - i;
      return;
    }
  }

  /**
   * Chooses the next token of a sequence, or of each of its beams.
   *
   * @param unverified - Number of draft tokens in its slot after the token to which these logits belong.
   */
  #choose(active: ActiveSequence, logits: Float32Array, unverified = 0): void {
    const roster = this.roster;
    if (!roster.has(active)) return; // the choice of another sequence removed it
    try {
      const next = active.sequence.choose(logits);
      if (!roster.has(active)) return; // it removed itself
      if (next === undefined) roster.leave(active);
      else this.#prepareNext(active, next, unverified);
    } catch (error) {
      roster.fail(active, error);
    }
  }

  /** Prepares the next input of the model for a sequence. */
  #prepareNext(active: ActiveSequence, next: NextRead, unverified: number): void {
    const { config, decoder } = this.model;
    const { slots } = active;
    if (typeof next === 'object' && next.kind === 'restart') {
      const tokens = Array.from(next.tokens);
      checkSequenceTokens(decoder, tokens);
      active.prompt = promptState({ tokens }, { model: active.prompt.model });
      if (next.known && decoder.isMovable) this.#slide(active, next.known, unverified);
      else this.roster.restart(active);
      return;
    }
    active.next = typeof next === 'object' ? next.tokens : [next];
    const sources = typeof next === 'object' ? next.sources : [0];
    for (const [i, source] of sources.entries()) this.table.setBeamSource(slots[i], slots[source]);
    const { lengths } = this.table.cache;
    const longest = Math.max(...sources.map((source) => lengths[slots[source]])) - unverified;
    if (longest < decoder.maxPositions) return;
    throw new RangeError(
      `sequence: expected at most the ${config.contextLength} tokens of the context, got one more`,
    );
  }

  /** Moves the newest tokens of a slot without reading them again, and reads new tokens before them. */
  #slide(active: ActiveSequence, known: number, unverified: number): void {
    const { cache } = this.table;
    const { slots, prompt } = active;
    const [slot] = slots;
    const { tokens } = prompt;
    truncateSlot(cache, slot, cache.lengths[slot] - unverified);
    slideSlot(prompt.model ?? this.model, cache, slot, {
      before: tokens.slice(0, -(known + 1)),
      kept: known,
    });
    // Other prompts must not copy keys and values that depend on dropped tokens.
    this.table.hold(slot, { prompt, chunkedCount: 0, computedCount: 0 });
    active.computedCount = tokens.length;
    active.chunkedCount = 0;
    active.generatedTokens = [];
    active.next = tokens.slice(-1);
  }
}
