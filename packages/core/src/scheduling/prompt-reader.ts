import { advance } from '../model/advance.js';
import type { Feed } from '../model/cache-memory.js';
import type { Model } from '../model/model.js';
import { type ActiveSequence, hasReadPrompt } from './scheduled-sequence.js';
import { chunkEnd, sharedChunks } from './prompt-chunks.js';
import type { Roster } from './roster.js';
import type { SlotTable } from './slot-table.js';
import type { TokenWriter } from './token-writer.js';

/** A chunk of a prompt, and the sequence in whose slot it is read. */
interface Chunk {
  readonly active: ActiveSequence;
  readonly feed: Feed & { readonly tokens: readonly number[] };
}

/** Reads prompts in chunks (chunked prefill). A chunk at the start of several prompts is read once. */
export class PromptReader {
  /**
   * Creates a reader with a scheduler's model, slots, sequences and token writer.
   *
   * @param tokensPerStep - Maximum number of prompt tokens that a step reads; the first chunk may exceed it.
   */
  constructor(
    private readonly model: Model,
    private readonly table: SlotTable,
    private readonly roster: Roster,
    private readonly writer: TokenWriter,
    private readonly tokensPerStep: number,
  ) {}

  /** Calls the model once, with the next chunks of prompts. */
  step(): void {
    const chunks = this.#nextChunks();
    if (chunks.length === 0) return;
    const { vocabSize } = this.model.config;
    const reportsAll = chunks.some(({ active }) => active.prompt.onPromptLogits);
    const feeds = chunks.map(({ feed }) => feed);
    const logits = advance(this.model, this.table.cache, feeds, {
      logits: reportsAll ? 'all' : 'last',
    });
    let row = 0;
    for (const { active, feed } of chunks) {
      const count = reportsAll ? feed.tokens.length : 1;
      const rows = Array.from({ length: count }, (_, i) =>
        logits.subarray((row + i) * vocabSize, (row + i + 1) * vocabSize),
      );
      row += count;
      this.#finishChunk(active, feed.tokens.length, rows);
    }
  }

  /** Returns the chunks of a step: the first one with any length, then further chunks that fit. */
  #nextChunks(): Chunk[] {
    const chunks: Chunk[] = [];
    let left = this.tokensPerStep;
    for (const active of this.roster.active) {
      if (!this.roster.has(active)) continue; // removed with another sequence of its request
      if (hasReadPrompt(active) || chunks.some((other) => this.#readsFor(other, active))) continue;
      const { prompt } = active;
      const [slot] = active.slots;
      if (!prompt.onPromptLogits) {
        const adopted = this.table.adopt(slot, prompt, active.computedCount);
        if (adopted > active.computedCount) active.computedCount = active.chunkedCount = adopted;
      }
      const feed = this.#nextFeed(active);
      if (chunks.length > 0 && feed.tokens.length > left) continue;
      const fail = (error: unknown): void => this.roster.failRequest(prompt, error);
      if (!this.table.reserve([slot], feed.tokens.length, fail)) continue;
      left -= feed.tokens.length;
      chunks.push({ active, feed });
    }
    return chunks;
  }

  /**
   * Whether the prompt of the sequence `other` begins with the same chunk, so that `other` can copy it in the next
   * step.
   */
  #readsFor({ active, feed }: Chunk, other: ActiveSequence): boolean {
    const { layersForget, chunkSize } = this.table;
    if (active.prompt === other.prompt) return true;
    if (other.prompt.onPromptLogits || layersForget) return false;
    if (active.chunkedCount < active.computedCount) return false; // not cut at chunks
    const sharedAt = (chunkedCount: number): number =>
      sharedChunks({ prompt: active.prompt, chunkedCount }, other.prompt, chunkSize);
    const known = Math.max(other.computedCount, sharedAt(active.computedCount));
    return sharedAt(active.computedCount + feed.tokens.length) > known;
  }

  #nextFeed({ prompt, slots: [slot], computedCount }: ActiveSequence): Chunk['feed'] {
    const { prefixLength } = computedCount === 0 ? prompt : {};
    const end = chunkEnd(prompt, computedCount, this.table.chunkSize);
    const tokens = prompt.tokens.slice(computedCount, end);
    return { slot, tokens, prefixLength, model: prompt.model };
  }

  /**
   * Records that a chunk was read. After the last chunk, the sequences of the request choose a token.
   *
   * @param rows - Logits after each token of the chunk, or after the last one only.
   */
  #finishChunk(active: ActiveSequence, count: number, rows: readonly Float32Array[]): void {
    const { prompt } = active;
    const roster = this.roster;
    try {
      reportPromptLogits(active, rows);
    } catch (error) {
      roster.failRequest(prompt, error);
    }
    if (!roster.has(active)) return; // the choice of another sequence removed it
    if (active.chunkedCount === active.computedCount) active.chunkedCount += count;
    active.computedCount += count;
    const { chunkedCount, computedCount } = active;
    this.table.hold(active.slots[0], { prompt, chunkedCount, computedCount });
    if (!hasReadPrompt(active)) return;
    prompt.firstLogits = rows[rows.length - 1].slice();
    const siblings = roster.active.filter(
      (other) => other.prompt === prompt && !hasReadPrompt(other),
    );
    for (const sibling of siblings) roster.copyPrompt(active, sibling);
    for (const entry of [active, ...siblings]) this.writer.chooseFirst(entry);
  }
}

/** Reports the logits after each prompt token, except the last, if the request wants them. */
function reportPromptLogits(
  { prompt, computedCount }: ActiveSequence,
  rows: readonly Float32Array[],
): void {
  for (const [i, row] of prompt.onPromptLogits ? rows.entries() : []) {
    const position = computedCount + i;
    if (position < prompt.reportedCount || position === prompt.tokens.length - 1) continue;
    prompt.reportedCount = position + 1;
    prompt.onPromptLogits?.(row);
  }
}
