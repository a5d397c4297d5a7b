/** One try of an attack. */
export interface Attempt {
  /** Action of the attack: `killed after 23 ms`. */
  readonly what: string;
  /** Description of the fault; absent if the promise was kept. */
  readonly broken?: string;
}

/** Settings of an attack. */
export interface AttackSetup {
  /** Number of attacks. */
  readonly tries: number;
  /** Seed of the attacks: equal seeds attack in the same way. */
  readonly seed: number;
  /** An empty folder, which is removed afterwards. */
  readonly folder: string;
}

/** A fault or a hostile act, with ramble's promise about it. */
export interface Attack {
  /** Name of one or two words: `kills`. */
  readonly name: string;
  /** Sentence for the table. */
  readonly promise: string;
  /** Number of attempts: `small` in CI, where an attack has some seconds, and `full` in `npx nx attack`. */
  readonly tries: { readonly small: number; readonly full: number };
  /** Makes a number of attacks, and reports for each whether the promise was kept. */
  attempts(setup: AttackSetup): AsyncIterable<Attempt>;
  /** Returns why the attack is impossible on this machine; `undefined` if it is possible. */
  missing?(): string | undefined;
}
