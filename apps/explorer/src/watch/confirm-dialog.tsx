import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

const YES = 'yes';

/** Asks whether somebody is sure; in the end the focus is where it was. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly text: string;
  /** The word of the button that says yes. */
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
