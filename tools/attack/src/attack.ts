/** One try of an attack. */
export interface Attempt {
  /** Action of the attack: `killed after 23 ms`. */
  readonly what: string;
  /** Description of the fault; absent if the promise held. */
  readonly broken?: string;
}

/** Settings of an attack. */
export interface AttackSetup {
  /** Number of attacks. */
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
  /** Number of attacks in CI, within some seconds, and in a full run. */
  readonly tries: { readonly small: number; readonly full: number };
  /** Attacks so often, and says of each attempt whether the promise held. */
  attempts(setup: AttackSetup): AsyncIterable<Attempt>;
  /** Why the attack cannot be made on this machine, if it cannot. */
  missing?(): string | undefined;
}
