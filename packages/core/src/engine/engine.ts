/** An engine that can be listed and tried; nothing of it is loaded before `load`. */
export interface Engine {
  /** `native`, `tensorflow`, `wasm`, `cpu`. */
  readonly name: string;
  /** A one-line description for people. */
  readonly description: string;
  /** Why it cannot run here and how to get it; `undefined` when it can. Loads as little as it must. */
  check(): Promise<string | undefined>;
  /** Makes its tfjs backend the current one and registers what it brings with `registerEngine`. */
  load(): Promise<void>;
}
