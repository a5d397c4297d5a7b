import type { SettingView } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { titleOf } from './setting-field.js';

/** A slider for a setting that is a number, with its value beside its name. */
export function SliderField(props: {
  readonly setting: SettingView;
  readonly value: string | boolean | undefined;
  readonly max: number;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  const { setting, max } = props;
  const id = useId();
  const value = String(props.value || (setting.default ?? ''));
  return (
    <div class="field field-slider" title={setting.description}>
      <label for={id}>
        {titleOf(setting.name)} <output>{Number(value).toFixed(2)}</output>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={max}
        step={0.05}
        value={value}
        aria-describedby={`${id}-help`}
        onInput={({ currentTarget }) => props.onChange(currentTarget.value)}
      />
      <p id={`${id}-help`} class="visually-hidden">
        {setting.description}
      </p>
    </div>
  );
}
