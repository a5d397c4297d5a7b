import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';

/** A labelled switch. */
export function Check(props: {
  readonly isOn: Signal<boolean>;
  readonly label: string;
}): JSX.Element {
  const { isOn, label } = props;
  return (
    <label class="check">
      <input type="checkbox" checked={isOn.value} onChange={() => (isOn.value = !isOn.value)} />
      {label}
    </label>
  );
}
