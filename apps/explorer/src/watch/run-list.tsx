import { useSignal } from '@preact/signals';
import type { RunView } from '@ramble/explorer';
import type { JSX } from 'preact';

import { LinkButton } from '../shell/buttons.js';
import { formatSeconds, formatValue } from '../state/format.js';
import { colourClass } from './column-values.js';
import { RunActions } from './run-actions.js';
import type { Watching } from './watching.js';

/** States by which the list of runs can be filtered. */
const STATES = ['training', 'stopped', 'ended', 'imported', 'broken'] as const;

/** Orders of the list of runs, with their names on the page. */
const ORDERS = {
  name: 'Name',
  changedMs: 'Last change',
  loss: 'Loss',
  bestLoss: 'Best validation loss',
  step: 'Steps',
  elapsedSeconds: 'Time',
  parameters: 'Parameters',
} as const;

/** Search, filter and order of the list of runs. */
interface Listing {
  /** Words that the name or the domain must all contain, in any case. */
  readonly search: string;
  /** Required state; `undefined` for all. */
  readonly state: RunView['state'] | undefined;
  readonly order: keyof typeof ORDERS;
}

interface ListProps {
  readonly watching: Watching;
  readonly runs: readonly RunView[];
  /** Called to open the form that starts a training. */
  readonly onTrain: () => void;
}

/** All runs, which can be searched, filtered and ordered; the curves of ticked runs are drawn. */
export function RunList({ watching, runs, onTrain }: ListProps): JSX.Element {
  const listing = useSignal<Listing>({ search: '', state: undefined, order: 'name' });
  const listed = listedRuns(runs, listing.value);
  const names = watching.logs.value.map(({ run }) => run);
  const shown = listed.filter(({ state }) => state !== 'broken').map(({ name }) => name);
  return (
    <section class="panel run-list" aria-label="Runs">
      <header class="run-list-head">
        <h2>Runs</h2>
        <span class="hint">
          {listed.length === runs.length ? '' : `${listed.length} found, `}
          {names.length} of {runs.length} drawn
        </span>
      </header>
      <Filters runs={runs} listing={listing.value} onChange={(next) => (listing.value = next)} />
      <p class="run-picks">
        <LinkButton
          label="Draw all"
          onClick={() => watching.choose([...new Set([...names, ...shown])])}
        />
        <LinkButton
          label="Draw none"
          onClick={() => watching.choose(names.filter((name) => !shown.includes(name)))}
        />
        <LinkButton label="New training" onClick={onTrain} />
      </p>
      {listed.length === 0 && runs.length > 0 && <p class="hint">No run matches.</p>}
      <ul class="run-rows" tabIndex={0} aria-label="Runs to draw">
        {listed.map((run) => (
          <RunRow key={run.name} watching={watching} run={run} />
        ))}
      </ul>
    </section>
  );
}

function Filters(props: {
  readonly runs: readonly RunView[];
  readonly listing: Listing;
  readonly onChange: (listing: Listing) => void;
}): JSX.Element {
  const { runs, listing, onChange } = props;
  const counts = STATES.map((state) => ({
    state,
    count: runs.filter((run) => run.state === state).length,
  }));
  return (
    <div class="run-filters">
      <input
        type="text"
        inputMode="search"
        aria-label="Search runs"
        placeholder="Search names"
        value={listing.search}
        onInput={({ currentTarget }) => onChange({ ...listing, search: currentTarget.value })}
      />
      <select
        aria-label="State"
        value={listing.state ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...listing, state: STATES.find((state) => state === value) })
        }
      >
        <option value="">all states</option>
        {counts.map(({ state, count }) => (
          <option key={state} value={state} disabled={count === 0 && state !== listing.state}>
            {state} ({count})
          </option>
        ))}
      </select>
      <select
        aria-label="Order"
        value={listing.order}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...listing, order: value as keyof typeof ORDERS })
        }
      >
        {Object.entries(ORDERS).map(([order, title]) => (
          <option key={order} value={order}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

function RunRow(props: { readonly watching: Watching; readonly run: RunView }): JSX.Element {
  const { watching, run } = props;
  const { name, domain, state, last, problem } = run;
  const names = watching.logs.value.map((log) => log.run);
  const drawn = watching.logs.value.find((log) => log.run === name);
  const point = (pointed: string | undefined) => () => (watching.pointed.value = pointed);
  return (
    <li
      class={`run-row ${drawn ? `run-chosen ${colourClass(drawn.place)}` : ''}`}
      onPointerEnter={point(name)}
      onPointerLeave={point(undefined)}
      onFocusCapture={point(name)}
      onBlurCapture={point(undefined)}
    >
      <label class="run-name">
        <input
          type="checkbox"
          checked={drawn !== undefined}
          disabled={state === 'broken'}
          onChange={({ currentTarget }) =>
            watching.choose(
              currentTarget.checked ? [...names, name] : names.filter((it) => it !== name),
            )
          }
        />
        <span title={name}>{name}</span>
      </label>
      <p class="run-facts">
        <span class={`state state-${state}`}>{state}</span>
        <span>{domain}</span>
        {last?.loss !== undefined && <span>loss {formatValue(last.loss)}</span>}
      </p>
      {problem !== undefined && <p class="run-problem">{problem}</p>}
      <div class="run-foot">
        {state !== 'imported' && state !== 'broken' && <Progress {...run} />}
        <RunActions watching={watching} run={run} />
      </div>
    </li>
  );
}

/**
 * Steps so far, the completed fraction of the limit (steps or minutes) that comes first, and the time left while a
 * run trains.
 */
function Progress({ step, maxSteps, share, secondsLeft, maxMinutes }: RunView): JSX.Element {
  const steps = step.toLocaleString('en');
  return (
    <span class="run-progress">
      {maxSteps === undefined ? `${steps} steps` : `${steps} of ${maxSteps.toLocaleString('en')}`}
      {maxMinutes !== undefined && (
        <span class="run-of"> in at most {formatSeconds(60 * maxMinutes)}</span>
      )}
      {secondsLeft !== undefined && <span class="run-of"> {formatSeconds(secondsLeft)} left</span>}
      {share !== undefined && (
        <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="progress-ground" width="100" height="4" rx="2" />
          <rect class="progress" width={100 * share} height="4" rx="2" />
        </svg>
      )}
    </span>
  );
}

/**
 * Returns the runs that a listing shows. Losses are ordered from the smallest, other numbers from the largest. Runs
 * without the value come last.
 */
export function listedRuns(runs: readonly RunView[], listing: Listing): RunView[] {
  const { search, state, order } = listing;
  const words = search.toLowerCase().split(/\s+/);
  const found = runs.filter((run) => {
    const text = `${run.name} ${run.domain}`.toLowerCase();
    return (state === undefined || run.state === state) && words.every((it) => text.includes(it));
  });
  if (order === 'name') return found;
  const sign = order === 'loss' || order === 'bestLoss' ? 1 : -1;
  const key = (run: RunView) => {
    const value = order === 'loss' ? run.last?.loss : run[order];
    return value === undefined ? Infinity : sign * value;
  };
  return found.sort((a, b) => (key(a) === key(b) ? 0 : key(a) < key(b) ? -1 : 1));
}
