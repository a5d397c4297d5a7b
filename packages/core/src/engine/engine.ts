/** A tfjs backend that models can run on, with the kernels it registers. */
export interface Engine {
  /** `native`, `tensorflow`, `wasm`, `cpu`. */
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** Why it cannot run here and how to get it; `undefined` when it can. Loads as little as it must. */
  check(): Promise<string | undefined>;
  /** Registers the backend and makes it tfjs's current one. */
  load(): Promise<void>;
}
