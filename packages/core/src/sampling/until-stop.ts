/** Lets text through up to the first of some stop texts. */
export interface UntilStop {
  /** Adds text and returns what certainly precedes a stop text; the rest waits. */
  push(text: string): string;
  /** Ends the text and returns the part that waited. */
  end(): string;
  /** Whether a stop text came; nothing passes after it. */
  readonly stopped: boolean;
}

/**
 * Searches text that arrives in pieces for stop texts: one may begin in one piece and end in
 * another.
 *
 * @param stops - None of them empty.
 */
export function untilStop(stops: readonly string[]): UntilStop {
  let waiting = '';
  let stopped = false;
  return {
    get stopped() {
      return stopped;
    },
    push: (text) => {
      if (stopped) return '';
      waiting += text;
      const found = firstStop(waiting, stops);
      stopped = found !== undefined;
      const certain = found ?? waiting.length - openEnd(waiting, stops);
      const passed = waiting.slice(0, certain);
      waiting = stopped ? '' : waiting.slice(certain);
      return passed;
    },
    end: () => {
      const rest = waiting;
      waiting = '';
      return rest;
    },
  };
}

/** Where the stop text begins that is complete first: the pieces that a text came in do not matter. */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  return stops
    .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start)
    .at(0)?.start;
}

/** The length of the longest end of a text that a stop text begins with. */
function openEnd(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map(({ length }) => length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
