import { useSignal } from '@preact/signals';
import type { RunView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import { formatCount, formatSeconds, formatValue } from '../state/format.js';
import { useSession } from '../state/session.js';
import { ChosenRuns } from './chosen-runs.js';
import { colourClass } from './column-values.js';
import { Watching } from './watching.js';

/** The view Watch: the runs of a folder, and the curves, settings and samples of chosen runs. */
export default function WatchView(): JSX.Element {
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

/** All runs, one per row; the curves of ticked runs are drawn. */
function RunTable(props: {
  readonly watching: Watching;
  readonly runs: readonly RunView[];
}): JSX.Element {
  const { watching, runs } = props;
  return (
    <section class="panel">
      <h2>Runs</h2>
      <Table
        label="Runs"
        kind="runs"
        heads={[
          'Run',
          'State',
          'Step',
          { number: 'Loss' },
          { number: 'Best validation loss' },
          { number: 'Parameters' },
          { number: 'Time' },
          <span class="visually-hidden">Actions</span>,
        ]}
      >
        {runs.map((run) => (
          <RunRow key={run.name} watching={watching} run={run} />
        ))}
      </Table>
    </section>
  );
}

function RunRow(props: { readonly watching: Watching; readonly run: RunView }): JSX.Element {
  const { watching, run } = props;
  const names = watching.logs.value.map((log) => log.run);
  const place = names.indexOf(run.name);
  return (
    <tr class={place >= 0 ? 'run-chosen' : undefined}>
      <th scope="row">
        <label class="run-name">
          <input
            type="checkbox"
            class={place >= 0 ? colourClass(place) : undefined}
            checked={place >= 0}
            disabled={run.state === 'broken'}
            onChange={({ currentTarget }) =>
              watching.choose(
                currentTarget.checked
                  ? [...names, run.name]
                  : names.filter((name) => name !== run.name),
              )
            }
          />
          <span>{run.name}</span>
          <span class="run-domain">{run.domain}</span>
        </label>
      </th>
      <td>
        <span class={`state state-${run.state}`}>{run.state}</span>
        {run.problem !== undefined && <span class="run-problem">{run.problem}</span>}
      </td>
      <td>{run.state !== 'imported' && <Progress {...run} />}</td>
      <td class="number">{run.last?.loss === undefined ? '' : formatValue(run.last.loss)}</td>
      <td class="number">{run.bestLoss === undefined ? '' : formatValue(run.bestLoss)}</td>
      <td class="number">{run.parameters === undefined ? '' : formatCount(run.parameters)}</td>
      <td class="number">
        {run.elapsedSeconds === undefined ? '' : formatSeconds(run.elapsedSeconds)}
      </td>
      <td>
        <RunActions watching={watching} run={run} />
      </td>
    </tr>
  );
}

function Progress({ step, maxSteps }: RunView): JSX.Element {
  return (
    <span class="run-progress">
      {step.toLocaleString('en')}
      {maxSteps !== undefined && (
        <>
          <span class="run-of"> of {maxSteps.toLocaleString('en')}</span>
          <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
            <rect class="progress-ground" width="100" height="4" rx="2" />
            <rect class="progress" width={(100 * step) / Math.max(1, maxSteps)} height="4" rx="2" />
          </svg>
        </>
      )}
    </span>
  );
}

const QUESTIONS = {
  stop: {
    title: 'Stop',
    text: 'The process that trains saves a checkpoint and ends. You can resume it later.',
  },
  resume: { title: 'Resume', text: 'A new process goes on from the last checkpoint.' },
} as const;

function RunActions(props: { readonly watching: Watching; readonly run: RunView }): JSX.Element {
  const { watching, run } = props;
  // The dialog keeps its question, even if the state of the run changes in the meantime.
  const pending = useSignal<keyof typeof QUESTIONS | undefined>(undefined);
  const action = {
    training: 'stop',
    stopped: 'resume',
    ended: undefined,
    imported: undefined,
    broken: undefined,
  } as const;
  const offered = action[run.state];
  const question = pending.value;
  return (
    <span class="run-actions">
      {run.state !== 'broken' && (
        <LinkButton label="Open in Write" onClick={() => void watching.write(run.name)} />
      )}
      {offered && (
        <LinkButton label={QUESTIONS[offered].title} onClick={() => (pending.value = offered)} />
      )}
      {question && (
        <ConfirmDialog
          title={`${QUESTIONS[question].title} ${run.name}?`}
          text={QUESTIONS[question].text}
          action={QUESTIONS[question].title}
          onAnswer={(isSure) => {
            pending.value = undefined;
            if (isSure) void watching.steer(question, run.name);
          }}
        />
      )}
    </span>
  );
}

const YES = 'yes';

/** Dialog that waits for a confirmation. The focus then returns to the previous element. */
function ConfirmDialog(props: {
  readonly title: string;
  readonly text: string;
  /** Label of the button that confirms. */
  readonly action: string;
  readonly onAnswer: (isSure: boolean) => void;
}): JSX.Element {
  const { title, text, action, onAnswer } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onClose={() => onAnswer(dialog.current?.returnValue === YES)}
    >
      <h2 id={id}>{title}</h2>
      <p>{text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="button" class="button button-main" onClick={() => dialog.current?.close(YES)}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
