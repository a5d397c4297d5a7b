/** Model on a shelf. */
interface Shelved {
  readonly id: string;
  /** Frees its memory; it is not used any more. */
  close(): void;
}

/** The models of a page: those that stay, and those that were opened on it. */
export interface ModelShelf<Entry extends Shelved> {
  readonly entries: readonly Entry[];
  /** Adds a model in place of one with its id; of those that were opened, the least recently used is closed. */
  put(entry: Entry): void;
  /**
   * Marks a model as used: it is not closed before it is let go.
   *
   * @param id - Any value; of no model, nothing is marked.
   * @returns what lets it go.
   */
  use(id: unknown): () => void;
}

/**
 * Keeps the models of a page.
 *
 * @param given - Models that stay open.
 * @param most - Maximum number of others.
 */
export function modelShelf<Entry extends Shelved>(
  given: readonly Entry[],
  most: number,
): ModelShelf<Entry> {
  /** The least recently used first. */
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
