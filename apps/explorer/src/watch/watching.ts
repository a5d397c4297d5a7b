import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { RunView, TrainQuestion } from '@ramble/explorer';
import type { LogEntry } from '@ramble/runs';

import type { Session } from '../state/session.js';

const EVERY_MS = 3000;

/** State of the view Watch: all runs, and the logs of the selected ones. */
export class Watching {
  readonly runs = signal<readonly RunView[] | undefined>(undefined);
  readonly logs = signal<readonly RunLog[]>([]);
  /** The runs whose curves are drawn. */
  readonly chosen: ReadonlySignal<readonly RunView[]>;
  /** The run under the pointer in the list, whose curves are highlighted. */
  readonly pointed = signal<string | undefined>(undefined);
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(readonly session: Session) {
    this.chosen = computed(() => {
      const names = this.logs.value.map(({ run }) => run);
      return this.runs.value?.filter(({ name }) => names.includes(name)) ?? [];
    });
  }

  /** Reads the list of runs periodically. */
  open(): void {
    void this.#read();
    this.#timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#read();
    }, EVERY_MS);
  }

  /** Stops all requests. */
  close(): void {
    clearInterval(this.#timer);
    for (const log of this.logs.value) log.close();
  }

  /** Chooses the runs whose curves are drawn. */
  choose(names: readonly string[]): void {
    const before = this.logs.peek();
    for (const log of before) if (!names.includes(log.run)) log.close();
    const kept = before.filter(({ run }) => names.includes(run));
    const free = freePlaces(new Set(kept.map(({ place }) => place)));
    this.logs.value = names.map(
      (run) => kept.find((log) => log.run === run) ?? new RunLog(this.session, run, free()),
    );
    this.session.remember({ runs: names.join(',') });
  }

  /** Chooses the runs that the page's address names, if they are not the drawn runs. */
  follow(): void {
    const runs = this.runs.peek();
    const { runs: named } = this.session.place.peek().params;
    const drawn = this.logs.peek().map(({ run }) => run);
    if (runs && named !== undefined && named !== drawn.join(',')) {
      this.choose(this.#firstChoice(runs));
    }
  }

  /** Opens the best checkpoint of a run as a model, and shows the view Write. */
  async write(run: string): Promise<void> {
    const answer = await this.session.ask('open', { run });
    if (!answer) return;
    await this.session.reload();
    this.session.go('write', { model: answer.model });
  }

  /** Stops or resumes a run. */
  async steer(action: 'stop' | 'resume', run: string): Promise<void> {
    this.session.calm();
    await this.session.ask(action, { run });
    await this.#read();
  }

  /** Starts a training and draws its run. Returns whether it began. */
  async train(question: TrainQuestion): Promise<boolean> {
    this.session.calm();
    if (!(await this.session.ask('train', question))) return false;
    await this.#read();
    this.choose([...this.logs.peek().map(({ run }) => run), question.run]);
    return true;
  }

  async #read(): Promise<void> {
    const runs = await this.session.ask('runs', {});
    if (!runs) return;
    const isFirst = this.runs.peek() === undefined;
    this.runs.value = runs;
    if (isFirst) this.choose(this.#firstChoice(runs));
  }

  /**
   * Returns the names of the runs in the page's address; if none exists, the name of the run whose log changed last.
   */
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

/** Returns a function that returns the smallest number from 0 that is not in `taken`, and adds it. */
function freePlaces(taken: Set<number>): () => number {
  return () => {
    let place = 0;
    while (taken.has(place)) place++;
    taken.add(place);
    return place;
  };
}

/** Approximate maximum number of log entries per request. A log is thinned when it has more than twice as many. */
const MAX_POINTS = 2000;
const SOONEST_MS = 1500;
const LATEST_MS = 15_000;

/** The growing log of a run. New entries are requested periodically, less often while none arrive. */
export class RunLog {
  /** Entries so far, in order. A long log is thinned. */
  readonly entries = signal<readonly LogEntry[]>([]);
  #from = 0;
  #waitMs = SOONEST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #abort = new AbortController();

  constructor(
    private readonly session: Session,
    readonly run: string,
    /** Index of the colour of the run, which it keeps while it is drawn. */
    readonly place: number,
  ) {
    void this.#poll();
  }

  /** Stops all requests. */
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
    const question = { run: this.run, from: this.#from, max: MAX_POINTS };
    const answer = await this.session.ask('log', question, this.#abort.signal);
    if (!answer) {
      this.#waitMs = LATEST_MS;
      return;
    }
    const { entries, to, isNew } = answer;
    this.#waitMs = entries.length > 0 ? SOONEST_MS : Math.min(2 * this.#waitMs, LATEST_MS);
    this.#from = to;
    if (isNew) this.entries.value = entries;
    else if (entries.length > 0) this.entries.value = thin([...this.entries.peek(), ...entries]);
  }
}

/** Removes every second entry of a long log, except validations. */
function thin(entries: readonly LogEntry[]): readonly LogEntry[] {
  if (entries.length <= 2 * MAX_POINTS) return entries;
  return entries.filter((entry, i) => i % 2 === 0 || entry.validationLoss !== undefined);
}
