import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';

import { useSession } from '../state/session.js';
import { CurvesPart } from './curves-part.js';
import { RunTable } from './run-table.js';
import { SamplesPart } from './samples-part.js';
import { SettingsPart } from './settings-part.js';
import { StepPart } from './step-part.js';
import { useDetails } from './use-details.js';
import { Watching } from './watching.js';

/** The view Watch: the runs of a folder, and the curves, settings and samples of those chosen. */
export function WatchView(): JSX.Element {
  const session = useSession();
  const watching = useMemo(() => new Watching(session), []);
  useEffect(() => {
    watching.open();
    return () => watching.close();
  }, []);
  useEffect(() => watching.follow(), [session.arrivals.value]);
  const runs = watching.runs.value;
  if (!runs) return <p class="waiting">Reading the runs …</p>;
  if (runs.length === 0) {
    return <p class="waiting">The folder has no runs. Train one, and it appears.</p>;
  }
  return (
    <div class="watch">
      <RunTable watching={watching} runs={runs} />
      {watching.chosen.value.length > 0 && <ChosenRuns watching={watching} />}
    </div>
  );
}

function ChosenRuns({ watching }: { readonly watching: Watching }): JSX.Element {
  const runs = watching.chosen.value;
  const details = useDetails(runs);
  return (
    <>
      <CurvesPart watching={watching} />
      <StepPart runs={runs} details={details} />
      <SettingsPart runs={runs} details={details} />
      <SamplesPart runs={runs} details={details} />
    </>
  );
}
