import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { lazy, Suspense } from 'preact/compat';

import { colourClass } from './column-values.js';
import type { Watching } from './watching.js';

const Curves = lazy(() => import('./curves.js'));

/** The curves of the chosen runs, with one picture for each quantity. */
export function CurvesPart({ watching }: { readonly watching: Watching }): JSX.Element {
  const isLog = useSignal(false);
  const byTime = useSignal(false);
  const logs = watching.logs.value;
  return (
    <section class="panel" aria-label="Curves">
      <header class="curves-head">
        <h2>Curves</h2>
        <ul class="curve-names">
          {logs.map(({ run }, i) => (
            <li key={run} class={colourClass(i)}>
              {run}
            </li>
          ))}
        </ul>
        <label class="check">
          <input
            type="checkbox"
            checked={isLog.value}
            onChange={() => (isLog.value = !isLog.value)}
          />
          Logarithmic losses
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={byTime.value}
            onChange={() => (byTime.value = !byTime.value)}
          />
          By time
        </label>
      </header>
      <Suspense fallback={<p class="waiting">Loading the curves …</p>}>
        <Curves logs={logs} isLog={isLog.value} time={byTime.value ? 'elapsedSeconds' : 'step'} />
      </Suspense>
    </section>
  );
}
