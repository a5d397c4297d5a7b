import { useEffect, useRef, useState } from 'preact/hooks';

import type { DrawnRun } from './draw-curve.js';

/** Curves are drawn anew that often, however many logs grow. */
const EVERY_MS = 2000;

/** Logs as they were when they were drawn last: together, and not each when it grows. */
export function useCalmly(runs: readonly DrawnRun[]): readonly DrawnRun[] {
  const [drawn, setDrawn] = useState(runs);
  const newest = useRef(runs);
  newest.current = runs;
  const isFirst = runs.some(({ run, entries }) => {
    const before = drawn.find((it) => it.run === run);
    return before === undefined || (before.entries.length === 0 && entries.length > 0);
  });
  const isGone = drawn.length > runs.length;
  const hasGrown = runs.some(({ entries }, i) => entries !== drawn[i]?.entries);
  const isUrgent = isFirst || isGone;
  useEffect(() => {
    if (!isUrgent && !hasGrown) return;
    const timer = setTimeout(() => setDrawn(newest.current), isUrgent ? 0 : EVERY_MS);
    return () => clearTimeout(timer);
  }, [isUrgent, hasGrown]);
  return drawn;
}
