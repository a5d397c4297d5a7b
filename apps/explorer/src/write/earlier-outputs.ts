import { signal } from '@preact/signals';

import type { WrittenForm } from './writing-state.js';

/** Maximum number of entries of earlier outputs. */
const MAX_ENTRIES = 12;

/** Outputs that were replaced by later ones, with the prompt and settings that produced them. */
export interface EarlierEntry {
  /** Time in milliseconds since 1970 at which they were replaced. */
  readonly time: number;
  readonly form: WrittenForm;
}

/** The view whose outputs are replaced. */
interface Replaceable {
  /** The outputs, with the prompt and settings with which they were requested. */
  readonly askedForm: WrittenForm;
  /** Replaces the shown prompt, settings and outputs by stored ones. */
  show(form: WrittenForm): void;
}

/** Replaced outputs of the view Write, which are kept so that no button of the view loses an output. */
export class EarlierOutputs {
  /** All entries in the order in which they were replaced, the newest last. */
  readonly entries = signal<readonly EarlierEntry[]>([]);

  constructor(readonly view: Replaceable) {}

  /** Keeps the current outputs, before others replace them. */
  keep(): void {
    this.entries.value = [...this.entries.peek(), ...this.#current()].slice(-MAX_ENTRIES);
  }

  /** Shows the outputs that were replaced last. The current ones become the oldest entry. */
  undo(): void {
    const entries = this.entries.peek();
    const last = entries.at(-1);
    if (!last) return;
    this.entries.value = [...this.#current(), ...entries.slice(0, -1)];
    this.view.show(last.form);
  }

  /** Shows an entry. The current outputs become the newest one. */
  show(entry: EarlierEntry): void {
    const others = this.entries.peek().filter((each) => each !== entry);
    this.entries.value = [...others, ...this.#current()];
    this.view.show(entry.form);
  }

  /** Returns the current outputs as an entry; nothing without tokens. */
  #current(): EarlierEntry[] {
    const form = this.view.askedForm;
    return form.outputs.some(({ tokens }) => tokens.length > 0) ? [{ time: Date.now(), form }] : [];
  }
}
