import type { JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

/** Asks whether somebody is sure. */
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
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={() => onAnswer(false)}>
      <h2 id={id}>{title}</h2>
      <p>{text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => onAnswer(false)}>
          Cancel
        </button>
        <button type="button" class="button button-main" onClick={() => onAnswer(true)}>
          {action}
        </button>
      </div>
    </dialog>
  );
}
