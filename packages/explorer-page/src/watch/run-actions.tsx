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
  const asked = useSignal(false);
  const action = {
    training: 'stop',
    stopped: 'resume',
    ended: undefined,
    broken: undefined,
  } as const;
  const offered = action[run.state];
  return (
    <span class="run-actions">
      {run.state !== 'broken' && (
        <button type="button" class="link-button" onClick={() => void watching.write(run.name)}>
          Open in Write
        </button>
      )}
      {offered && (
        <button type="button" class="link-button" onClick={() => (asked.value = true)}>
          {QUESTIONS[offered].title}
        </button>
      )}
      {offered && asked.value && (
        <ConfirmDialog
          title={`${QUESTIONS[offered].title} ${run.name}?`}
          text={QUESTIONS[offered].text}
          action={QUESTIONS[offered].title}
          onAnswer={(isSure) => {
            asked.value = false;
            if (isSure) void watching.steer(offered, run.name);
          }}
        />
      )}
    </span>
  );
}
