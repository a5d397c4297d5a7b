/** One try of an attack. */
export interface Attempt {
  /** What was done: `killed after 23 ms`. */
  readonly what: string;
  /** What went wrong; absent when what is promised held. */
  readonly broken?: string;
}

/** What an attack is given. */
export interface AttackSetup {
  /** How often to attack. */
  readonly tries: number;
  /** Equal seeds attack in the same way. */
  readonly seed: number;
  /** An empty folder, removed afterwards. */
  readonly folder: string;
}

/** Something that a careless or hostile world does to ramble, and what ramble promises about it. */
export interface Attack {
  /** A word or two: `kills`. */
  readonly name: string;
  /** A sentence of the table. */
  readonly promise: string;
  /** How often to attack in CI, in some seconds, and in full. */
  readonly tries: { readonly small: number; readonly full: number };
  /** Attacks so often, and says of each attempt whether the promise held. */
  attempts(setup: AttackSetup): AsyncIterable<Attempt>;
  /** Why the attack cannot be made on this machine, if it cannot. */
  missing?(): string | undefined;
}
