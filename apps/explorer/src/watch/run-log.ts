import type { LogEntry } from '@ramble/runs';
import { type ReadonlySignal, signal } from '@preact/signals';

import type { Session } from '../state/session.js';

/** Entries of a log that a page draws at most. */
const MOST = 2000;
const SOONEST_MS = 1500;
const LATEST_MS = 15_000;

/** The log of a run as it grows: asked from where it was read to, less often while nothing comes. */
export class RunLog {
  readonly #entries = signal<readonly LogEntry[]>([]);
  #from = 0;
  #waitMs = SOONEST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #abort = new AbortController();

  constructor(
    private readonly session: Session,
    readonly run: string,
  ) {
    void this.#poll();
  }

  /** All entries so far, in order. */
  get entries(): ReadonlySignal<readonly LogEntry[]> {
    return this.#entries;
  }

  /** Asks no more. */
  close(): void {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    if (document.visibilityState === 'visible') await this.#read();
    if (this.#abort.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#poll(), this.#waitMs);
  }

  async #read(): Promise<void> {
    const question = { run: this.run, from: this.#from, most: MOST };
    const answer = await this.session.ask('log', question, this.#abort.signal);
    if (!answer) {
      this.#waitMs = LATEST_MS;
      return;
    }
    const { entries, to, isNew } = answer;
    this.#waitMs = entries.length > 0 ? SOONEST_MS : Math.min(2 * this.#waitMs, LATEST_MS);
    this.#from = to;
    if (isNew) this.#entries.value = entries;
    else if (entries.length > 0) this.#entries.value = thin([...this.#entries.peek(), ...entries]);
  }
}

/** Drops every second entry where there are too many; validations stay. */
function thin(entries: readonly LogEntry[]): readonly LogEntry[] {
  if (entries.length <= 2 * MOST) return entries;
  return entries.filter((entry, i) => i % 2 === 0 || entry.validationLoss !== undefined);
}
