/** Events of a span: some five seconds of music. */
const SPAN_EVENTS = 32;

/**
 * The share of the spans of 32 events in some sequences that stand in others, event by event: how much
 * of what a model wrote it has by heart. Each event but the last 31 begins a span.
 *
 * @param written - Ids of events.
 * @param known - What was learned from; add transpositions for copies in other keys.
 * @returns 0 to 1; 0 where nothing is as long as a span.
 */
export function copiedShare(
  written: readonly ArrayLike<number>[],
  known: readonly ArrayLike<number>[],
): number {
  const spans = new Set<string>();
  for (const ids of known) for (const span of spansOf(ids)) spans.add(span);
  let [all, copied] = [0, 0];
  for (const ids of written) {
    for (const span of spansOf(ids)) {
      all++;
      if (spans.has(span)) copied++;
    }
  }
  return all === 0 ? 0 : copied / all;
}

function* spansOf(ids: ArrayLike<number>): Generator<string> {
  // Ids as characters, so that a span is a slice of a text.
  const text = Array.from(ids, (id) => String.fromCharCode(id)).join('');
  for (let start = 0; start + SPAN_EVENTS <= text.length; start++) {
    yield text.slice(start, start + SPAN_EVENTS);
  }
}
