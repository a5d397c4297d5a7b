import type { JSX } from 'preact';

/** A button that looks like a link. */
export function LinkButton(props: {
  readonly label: string;
  readonly onClick: () => void;
}): JSX.Element {
  return (
    <button type="button" class="link-button" onClick={props.onClick}>
      {props.label}
    </button>
  );
}
