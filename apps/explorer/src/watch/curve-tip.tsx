import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import { formatSeconds, formatValue } from '../state/format.js';
import { colourClass } from './column-values.js';
import { type Axis, type DrawnRun, type Measured, type Scales, valueAt } from './curve-points.js';
import type { CurveOptions } from './draw-curve.js';

/** Value on the horizontal axis under the pointer, and the pointer's position in CSS pixels. */
export interface Pointed {
  readonly at: number;
  readonly left: number;
}

/** Maximum number of runs that are named together. */
const MAX_NAMED = 10;

/** Returns the names of runs, or only their number if there are more than ten. */
export function shownNames(runs: readonly DrawnRun[]): string {
  if (runs.length > MAX_NAMED) return `${runs.length} runs`;
  return runs.map(({ run }) => run).join(', ');
}

/**
 * The values of runs at the position under the pointer: the highlighted run first, then the others by descending
 * value.
 */
export function CurveTip(props: {
  readonly measure: CurveOptions['measure'];
  readonly runs: readonly DrawnRun[];
  readonly scales: Scales;
  readonly pointed: ReadonlySignal<Pointed | undefined>;
  readonly highlighted: number | undefined;
}): JSX.Element | null {
  const { measure, runs, scales, pointed, highlighted } = props;
  if (!pointed.value) return null;
  const { at, left } = pointed.value;
  const values = runs.flatMap((run) => {
    const find = (quantity: Measured) => valueAt(run, quantity, scales, at);
    const value = find(measure);
    if (value === undefined) return [];
    const validation = measure === 'loss' ? find('validationLoss') : undefined;
    return [{ ...run, value, validation }];
  });
  const rank = ({ place }: DrawnRun) => (place === highlighted ? 0 : 1);
  values.sort((a, b) => rank(a) - rank(b) || b.value - a.value);
  return (
    <div class="curve-tip" style={{ '--left': `${left}px` }} role="status">
      <p>{formatAt(at, scales.axis)}</p>
      <ul>
        {values.slice(0, MAX_NAMED).map(({ run, place, value, validation }) => (
          <li key={run} class={colourClass(place)}>
            <b>{formatValue(value)}</b> {run}
            {validation !== undefined && `, validation ${formatValue(validation)}`}
          </li>
        ))}
      </ul>
      {values.length > MAX_NAMED && <p>and {values.length - MAX_NAMED} more</p>}
    </div>
  );
}

function formatAt(at: number, axis: Axis): string {
  if (axis === 'elapsedSeconds') return `After ${formatSeconds(at)}`;
  const count = Math.round(at).toLocaleString('en');
  return axis === 'step' ? `Step ${count}` : `After ${count} tokens`;
}
