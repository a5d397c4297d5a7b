/** Converts tokens to text as they arrive: a `TextStream`, or part of one. */
interface PushedText {
  readonly reach?: number;
  push(token: number): string;
}

/**
 * Finds stop texts in the outputs of a beam search, which are tested in any order. Every tested output is an
 * earlier tested output without a stop text, plus one token.
 *
 * Only the end of an output is decoded, as far as the longest stop text reaches, so that the cost of a test does
 * not depend on the output's length. A stream without `reach` is decoded from the beginning each time.
 *
 * @param begin - Begins the text of an output.
 * @param stops - Stop texts; none may be empty.
 * @returns a function that returns whether the text of an output contains a stop text.
 */
export function stopInText(
  begin: () => PushedText,
  stops: readonly string[],
): (output: readonly number[]) => boolean {
  const longest = Math.max(0, ...stops.map(({ length }) => length));

  /** Whether the tokens from this index on contain a stop text; `undefined` if they are too few to decide. */
  function isIn(output: readonly number[], from: number, reach: number): boolean | undefined {
    const stream = begin();
    const filter = untilStop(stops);
    // Dropped earlier tokens may change the text of the first tokens, so it is skipped.
    const sure = from === 0 ? 0 : from + reach + 1;
    let before = 0; // number of characters
    for (let at = from; at < output.length; at++) {
      const text = stream.push(output[at]);
      if (at < sure) continue;
      filter.push(text);
      if (at < output.length - 1) before += text.length;
    }
    return from === 0 || before >= longest || filter.stopped ? filter.stopped : undefined;
  }

  return (output) => {
    if (stops.length === 0) return false;
    const { reach } = begin();
    for (let count = longest + (reach ?? 0) + 2; ; count *= 2) {
      const from = reach === undefined ? 0 : Math.max(0, output.length - count);
      const found = isIn(output, from, reach ?? 0);
      if (found !== undefined) return found;
    }
  };
}

/** Passes text through up to the first stop text. */
export interface UntilStop {
  /** Adds text and returns the part that certainly precedes a stop text. The rest waits. */
  push(text: string): string;
  /** Ends the text and returns the part that waited. */
  end(): string;
  /** Whether a stop text was found; no text passes after it. */
  readonly stopped: boolean;
}

/**
 * Searches text that arrives in pieces for stop texts. A stop text may begin in one piece and end in another.
 *
 * @param stops - Stop texts; none may be empty.
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

/**
 * Returns the start of the stop text that is complete first, so that the pieces of the text do not affect the result.
 */
function firstStop(text: string, stops: readonly string[]): number | undefined {
  return stops
    .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
    .filter(({ start }) => start >= 0)
    .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start)
    .at(0)?.start;
}

/** Returns the length of the longest end of a text that is the beginning of a stop text. */
function openEnd(text: string, stops: readonly string[]): number {
  const longest = Math.max(0, ...stops.map(({ length }) => length - 1));
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(-length);
    if (stops.some((stop) => stop.startsWith(end))) return length;
  }
  return 0;
}
