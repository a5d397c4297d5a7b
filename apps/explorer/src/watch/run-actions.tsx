import { useSignal } from '@preact/signals';
import type { RunView } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import type { Watching } from './watching.js';

const QUESTIONS = {
  stop: {
    title: 'Stop',
    text: 'The process that trains saves a checkpoint and ends. You can resume it later.',
  },
  resume: { title: 'Resume', text: 'A new process goes on from the last checkpoint.' },
} as const;

/** Opens a run in Write, and stops or resumes it after a confirmation. */
export function RunActions(props: {
  readonly watching: Watching;
  readonly run: RunView;
}): JSX.Element {
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
