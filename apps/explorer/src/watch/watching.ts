import type { RunView } from '@ramble/explorer';
import { computed, type ReadonlySignal, signal } from '@preact/signals';

import type { Session } from '../state/session.js';
import { RunLog } from './run-log.js';

const EVERY_MS = 3000;

/** What the view Watch knows: all runs, and the logs of those that are chosen. */
export class Watching {
  readonly runs = signal<readonly RunView[] | undefined>(undefined);
  readonly logs = signal<readonly RunLog[]>([]);
  /** The runs whose curves are drawn. */
  readonly chosen: ReadonlySignal<readonly RunView[]>;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly session: Session) {
    this.chosen = computed(() => {
      const names = this.logs.value.map(({ run }) => run);
      return this.runs.value?.filter(({ name }) => names.includes(name)) ?? [];
    });
  }

  /** Reads the list of runs now and again. */
  open(): void {
    void this.#read();
    this.#timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#read();
    }, EVERY_MS);
  }

  /** Asks no more. */
  close(): void {
    clearInterval(this.#timer);
    for (const log of this.logs.value) log.close();
  }

  /** Draws the curves of these runs alone. */
  choose(names: readonly string[]): void {
    const before = this.logs.peek();
    for (const log of before) if (!names.includes(log.run)) log.close();
    this.logs.value = names.map(
      (name) => before.find(({ run }) => run === name) ?? new RunLog(this.session, name),
    );
    this.session.remember({ runs: names.join(',') });
  }

  /** Draws the curves of the runs that the address names, if it names other ones. */
  follow(): void {
    const runs = this.runs.peek();
    const { runs: named } = this.session.place.peek().params;
    const drawn = this.logs.peek().map(({ run }) => run);
    if (runs && named !== undefined && named !== drawn.join(',')) {
      this.choose(this.#firstChoice(runs));
    }
  }

  /** Opens the best checkpoint of a run as a model, and goes to Write. */
  async write(run: string): Promise<void> {
    const answer = await this.session.ask('open', { run });
    if (!answer) return;
    await this.session.reload();
    this.session.go('write', { model: answer.model });
  }

  /** Stops a run, or goes on with it. */
  async steer(action: 'stop' | 'resume', run: string): Promise<void> {
    this.session.calm();
    await this.session.ask(action, { run });
    await this.#read();
  }

  async #read(): Promise<void> {
    const runs = await this.session.ask('runs', {});
    if (!runs) return;
    const isFirst = this.runs.peek() === undefined;
    this.runs.value = runs;
    if (isFirst) this.choose(this.#firstChoice(runs));
  }

  /** The runs that the address names; else the one that trains, or changed last. */
  #firstChoice(runs: readonly RunView[]): readonly string[] {
    const named = this.session.place.peek().params.runs?.split(',') ?? [];
    const known = named.filter((name) => runs.some((run) => run.name === name));
    if (known.length > 0) return known;
    const [latest] = [...runs]
      .filter(({ state }) => state !== 'broken')
      .sort((a, b) => (b.changedMs ?? 0) - (a.changedMs ?? 0));
    return latest ? [latest.name] : [];
  }
}
