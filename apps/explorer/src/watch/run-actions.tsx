import type { RunView } from '@ramble/explorer';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import { ConfirmDialog } from './confirm-dialog.js';
import type { Watching } from './watching.js';

const QUESTIONS = {
  stop: {
    title: 'Stop',
    text: 'The process that trains saves a checkpoint and ends. It can go on later.',
  },
  resume: { title: 'Resume', text: 'A new process goes on from the last checkpoint.' },
} as const;

/** What can be done with a run. */
export function RunActions(props: {
  readonly watching: Watching;
  readonly run: RunView;
}): JSX.Element {
  const { watching, run } = props;
  // What was asked stays the question, whatever becomes of the run meanwhile.
  const asked = useSignal<keyof typeof QUESTIONS | undefined>(undefined);
  const action = {
    training: 'stop',
    stopped: 'resume',
    ended: undefined,
    imported: undefined,
    broken: undefined,
  } as const;
  const offered = action[run.state];
  const question = asked.value;
  return (
    <span class="run-actions">
      {run.state !== 'broken' && (
        <button type="button" class="link-button" onClick={() => void watching.write(run.name)}>
          Open in Write
        </button>
      )}
      {offered && (
        <button type="button" class="link-button" onClick={() => (asked.value = offered)}>
          {QUESTIONS[offered].title}
        </button>
      )}
      {question && (
        <ConfirmDialog
          title={`${QUESTIONS[question].title} ${run.name}?`}
          text={QUESTIONS[question].text}
          action={QUESTIONS[question].title}
          onAnswer={(isSure) => {
            asked.value = undefined;
            if (isSure) void watching.steer(question, run.name);
          }}
        />
      )}
    </span>
  );
}
