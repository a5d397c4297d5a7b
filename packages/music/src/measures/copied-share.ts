/** Events of a span: some five seconds of music. */
const SPAN_EVENTS = 32;
/** In place of the number of a sequence, for a span that several have. */
const SEVERAL = -1;

/** The spans of some sequences, and which of them each is from. */
export type SpanIndex = ReadonlyMap<string, number>;

/** Finds all spans of 32 events in some sequences of ids. */
export function spanIndex(known: readonly ArrayLike<number>[]): SpanIndex {
  const spans = new Map<string, number>();
  known.forEach((ids, i) => {
    for (const span of spansOf(ids)) {
      const other = spans.get(span) ?? i;
      spans.set(span, other === i ? i : SEVERAL);
    }
  });
  return spans;
}

/**
 * How many spans a sequence has, and how many of them stand in others.
 *
 * @param own - The number of the sequence in the index, whose own spans do not count.
 */
export function countCopies(
  ids: ArrayLike<number>,
  index: SpanIndex,
  own?: number,
): { readonly spans: number; readonly copied: number } {
  let [spans, copied] = [0, 0];
  for (const span of spansOf(ids)) {
    const from = index.get(span);
    spans++;
    if (from !== undefined && from !== own) copied++;
  }
  return { spans, copied };
}

/**
 * The share of the spans of 32 events in some sequences that stand in others, event by event: how much
 * of what a model wrote it has by heart. Each event but the last 31 begins a span.
 *
 * @param written - Ids of events.
 * @param known - What was learned from, read one by one; add transpositions for copies in other keys.
 * @returns 0 to 1; 0 where nothing is as long as a span.
 */
export function copiedShare(
  written: readonly ArrayLike<number>[],
  known: Iterable<ArrayLike<number>>,
): number {
  const times = new Map<string, number>();
  let [spans, copied] = [0, 0];
  for (const span of written.flatMap((ids) => [...spansOf(ids)])) {
    times.set(span, (times.get(span) ?? 0) + 1);
    spans++;
  }
  for (const ids of known) {
    for (const span of spansOf(ids)) {
      copied += times.get(span) ?? 0;
      times.delete(span);
    }
  }
  return spans === 0 ? 0 : copied / spans;
}

function* spansOf(ids: ArrayLike<number>): Generator<string> {
  // Ids as characters, so that a span is a slice of a text.
  const text = Array.from(ids, (id) => String.fromCharCode(id)).join('');
  for (let start = 0; start + SPAN_EVENTS <= text.length; start++) {
    yield text.slice(start, start + SPAN_EVENTS);
  }
}
