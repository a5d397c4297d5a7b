import type { ReadonlySignal } from '@preact/signals';
import type { LogEntry } from '@ramble/runs';
import type { JSX } from 'preact';

import { formatSeconds, formatValue } from '../state/format.js';
import type { Measured, Time } from './column-values.js';
import type { DrawnRun } from './draw-curve.js';
import { colourClass } from './run-colours.js';

/** The time that is pointed at, and where that is in CSS pixels. */
export interface Pointed {
  readonly at: number;
  readonly left: number;
}

/** The values of all runs at the time that is pointed at. */
export function CurveTip(props: {
  readonly measure: Measured;
  readonly runs: readonly DrawnRun[];
  readonly time: Time;
  readonly pointed: ReadonlySignal<Pointed | undefined>;
}): JSX.Element | null {
  const { measure, runs, time, pointed } = props;
  if (!pointed.value) return null;
  const { at, left } = pointed.value;
  const values = runs.flatMap(({ run, entries }, place) => {
    const found = nearest(entries, measure, time, at);
    return found?.[measure] === undefined ? [] : [{ run, place, value: found[measure] }];
  });
  values.sort((a, b) => b.value - a.value);
  return (
    <div class="curve-tip" style={{ '--left': `${left}px` }} role="status">
      <p>
        {time === 'step'
          ? `Step ${Math.round(at).toLocaleString('en')}`
          : `After ${formatSeconds(at)}`}
      </p>
      <ul>
        {values.map(({ run, place, value }) => (
          <li key={run} class={colourClass(place)}>
            <b>{formatValue(value)}</b> {run}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The entry whose time is nearest, of those that have the quantity. */
function nearest(
  entries: readonly LogEntry[],
  measure: Measured,
  time: Time,
  at: number,
): LogEntry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.[time] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const seek = (first: number, step: number) => {
    let i = first;
    while (entries[i] && entries[i]?.[measure] === undefined) i += step;
    return entries[i];
  };
  const [before, after] = [seek(low - 1, -1), seek(low, 1)];
  const distance = (entry?: LogEntry) => Math.abs((entry?.[time] ?? Infinity) - at);
  return distance(before) <= distance(after) ? before : after;
}
