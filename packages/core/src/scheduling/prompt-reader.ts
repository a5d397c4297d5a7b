import { advance } from '../model/advance.js';
import type { Feed } from '../model/feed.js';
import type { Model } from '../model/model.js';
import { partEnd, sharedParts } from './prompt-parts.js';
import type { Roster } from './roster.js';
import { hasRead, type Running } from './running-sequence.js';
import type { SlotTable } from './slot-table.js';
import type { TokenWriter } from './token-writer.js';

/** What a reader of prompts works on. */
export interface PromptReaderOptions {
  readonly model: Model;
  readonly table: SlotTable;
  readonly roster: Roster;
  readonly writer: TokenWriter;
  /** Tokens of all prompts that a step reads. */
  readonly tokensPerStep: number;
}

/** What is read of a prompt in one step. */
interface Part {
  readonly reader: Running;
  readonly feed: Feed & { readonly tokens: readonly number[] };
}

/** Reads prompts in parts. Parts with which a prompt begins like another one are read once. */
export class PromptReader {
  readonly #model: Model;
  readonly #table: SlotTable;
  readonly #roster: Roster;
  readonly #writer: TokenWriter;
  readonly #tokensPerStep: number;

  constructor({ model, table, roster, writer, tokensPerStep }: PromptReaderOptions) {
    this.#model = model;
    this.#table = table;
    this.#roster = roster;
    this.#writer = writer;
    this.#tokensPerStep = tokensPerStep;
  }

  /** Reads parts of prompts. */
  step(): void {
    const parts = this.#nextParts();
    if (parts.length === 0) return;
    const { vocabSize } = this.#model.config;
    const tellsAll = parts.some(({ reader }) => reader.work.onPromptLogits);
    const feeds = parts.map(({ feed }) => feed);
    const logits = advance(this.#model, this.#table.cache, feeds, {
      logits: tellsAll ? 'all' : 'last',
    });
    let row = 0;
    for (const { reader, feed } of parts) {
      const count = tellsAll ? feed.tokens.length : 1;
      const rows = Array.from({ length: count }, (_, i) =>
        logits.subarray((row + i) * vocabSize, (row + i + 1) * vocabSize),
      );
      row += count;
      this.#readOn(reader, feed.tokens.length, rows);
    }
  }

  /** Parts of prompts: of the first one whatever its length, of the others what fits. */
  #nextParts(): Part[] {
    const parts: Part[] = [];
    let left = this.#tokensPerStep;
    for (const reader of this.#roster.running) {
      if (!this.#roster.has(reader)) continue; // it failed with another of its request
      if (hasRead(reader) || parts.some((other) => this.#readsFor(other, reader))) continue;
      const { work, slots: own } = reader;
      if (!work.onPromptLogits) {
        const adopted = this.#table.adopt(own[0], work, reader.read);
        if (adopted > reader.read) reader.read = reader.parted = adopted;
      }
      const feed = this.#nextPart(reader);
      if (parts.length > 0 && feed.tokens.length > left) continue;
      if (!this.#reserve(reader, feed.tokens.length)) continue;
      left -= feed.tokens.length;
      parts.push({ reader, feed });
    }
    return parts;
  }

  /** Whether there is memory for a part; the request fails where there is none. */
  #reserve({ work, slots: [slot] }: Running, count: number): boolean {
    try {
      this.#table.reserve([slot], count);
      return true;
    } catch (error) {
      this.#roster.failWork(work, error);
      this.#table.clear(slot); // after it has left, which notes what it holds
      return false;
    }
  }

  /** Whether a part is one that another sequence would read too, and can copy in the next step. */
  #readsFor({ reader, feed }: Part, other: Running): boolean {
    const { layersForget, partLength } = this.#table;
    if (reader.work === other.work) return true;
    if (other.work.onPromptLogits || layersForget) return false;
    if (reader.parted < reader.read) return false; // in parts of its own
    const sharedAt = (read: number): number =>
      sharedParts({ prompt: reader.work, read }, other.work, partLength);
    const known = Math.max(other.read, sharedAt(reader.read));
    return sharedAt(reader.read + feed.tokens.length) > known;
  }

  #nextPart({ work, slots: [sequence], read }: Running): Part['feed'] {
    const { prefixLength } = read === 0 ? work.prompt : {};
    const tokens = work.tokens.slice(read, partEnd(work, read, this.#table.partLength));
    return { sequence, tokens, prefixLength };
  }

  /**
   * Notes that a part was read.
   *
   * @param rows - Logits after each token of the part, or after its last one.
   */
  #readOn(reader: Running, count: number, rows: readonly Float32Array[]): void {
    const { work } = reader;
    const roster = this.#roster;
    try {
      tell(reader, rows);
    } catch (error) {
      roster.failWork(work, error);
    }
    if (!roster.has(reader)) return; // another's choice took it out, and what it has read
    if (reader.parted === reader.read) reader.parted += count;
    reader.read += count;
    this.#table.hold(reader.slots[0], { prompt: work, read: reader.parted, length: reader.read });
    if (!hasRead(reader)) return;
    work.firstLogits = rows[rows.length - 1].slice();
    const siblings = roster.running.filter((other) => other.work === work && !hasRead(other));
    for (const sibling of siblings) roster.copyPrompt(reader, sibling);
    for (const entry of [reader, ...siblings]) this.#writer.begin(entry);
  }
}

/** Tells the logits of a prompt to those that ask for them. */
function tell({ work, read }: Running, rows: readonly Float32Array[]): void {
  for (const [i, row] of work.onPromptLogits ? rows.entries() : []) {
    const position = read + i;
    if (position < work.told || position === work.tokens.length - 1) continue;
    work.told = position + 1;
    work.onPromptLogits?.(row);
  }
}
