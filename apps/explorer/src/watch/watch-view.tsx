import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { lazyView } from '../shell/lazy-view.js';
import { useSession } from '../state/session.js';
import { ChosenRuns } from './chosen-runs.js';
import { RunList } from './run-list.js';
import { Watching } from './watching.js';

const TrainForm = lazyView('the form', () => import('./train-form.js'));

/** The view Watch: the runs of a folder, and the curves, settings and samples of chosen runs. */
export default function WatchView(): JSX.Element {
  const session = useSession();
  const watching = useMemo(() => new Watching(session), []);
  useEffect(() => {
    watching.open();
    return () => watching.close();
  }, []);
  useEffect(() => watching.follow(), [session.arrivals.value]);
  const isTraining = useSignal(false);
  const runs = watching.runs.value;
  if (!runs) return <p class="waiting">Reading the runs …</p>;
  return (
    <div class="watch">
      <RunList watching={watching} runs={runs} onTrain={() => (isTraining.value = true)} />
      <div class="watched">
        {isTraining.value && (
          <TrainForm watching={watching} onEnd={() => (isTraining.value = false)} />
        )}
        {watching.chosen.value.length > 0 ? (
          <ChosenRuns watching={watching} />
        ) : (
          <p class="waiting">
            {runs.length === 0
              ? 'The folder has no runs. Train one, and it appears.'
              : 'Choose a run to see its curves.'}
          </p>
        )}
      </div>
    </div>
  );
}
