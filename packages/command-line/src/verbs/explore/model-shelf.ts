/** A model that the page may use. */
interface Shelved {
  readonly id: string;
  /** Frees the memory of the model, which is not used any more. */
  close(): void;
}

/** Open models of a page. Given models stay open; models that the page opened may be closed. */
export interface ModelShelf<Entry extends Shelved> {
  readonly entries: readonly Entry[];
  /**
   * Adds a model, and closes an earlier model with the same id. If too many are open, closes the least recently used
   * model that the page opened.
   */
  put(entry: Entry): void;
  /**
   * Marks a model as used: it is not closed before its release.
   *
   * @param id - Id of a model; any other value has no effect.
   * @returns a function that releases it.
   */
  use(id: unknown): () => void;
}

/**
 * Keeps the models of a page.
 *
 * @param given - Models that stay open.
 * @param most - Maximum number of open models in addition to the given ones.
 */
export function modelShelf<Entry extends Shelved>(
  given: readonly Entry[],
  most: number,
): ModelShelf<Entry> {
  /** Models that the page opened, by id, the least recently used first. */
  const opened = new Map<string, Entry>();
  const uses = new Map<Entry, number>();
  const closing = new Set<Entry>();

  function close(entry: Entry): void {
    if (uses.has(entry)) closing.add(entry);
    else entry.close();
  }
  return {
    get entries() {
      return [...given, ...opened.values()];
    },
    put: (entry) => {
      const before = opened.get(entry.id);
      opened.delete(entry.id);
      opened.set(entry.id, entry);
      if (before) close(before);
      for (const [id, oldest] of opened) {
        if (opened.size <= most) return;
        opened.delete(id);
        close(oldest);
      }
    },
    use: (id) => {
      const entry = [...given, ...opened.values()].find((each) => each.id === id);
      if (!entry) return () => undefined;
      if (opened.delete(entry.id)) opened.set(entry.id, entry);
      uses.set(entry, (uses.get(entry) ?? 0) + 1);
      return () => {
        const left = (uses.get(entry) ?? 1) - 1;
        if (left > 0) {
          uses.set(entry, left);
          return;
        }
        uses.delete(entry);
        if (closing.delete(entry)) entry.close();
      };
    },
  };
}
