import type { SettingView } from '@ramble/explorer';
import type { JSX, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

/** A setting, its current value, and a callback that receives a new value. */
export interface FieldProps {
  readonly setting: SettingView;
  readonly value: string | boolean | undefined;
  readonly onChange: (value: string | boolean) => void;
}

/**
 * A field of a form for one setting, with its description.
 *
 * @param props - `isCompact` shows the description only on hover.
 */
export function SettingField(props: FieldProps & { readonly isCompact?: boolean }): JSX.Element {
  const { setting, isCompact } = props;
  const id = useId();
  const helpId = `${id}-help`;
  return (
    <div class={`field field-${setting.kind}`} title={isCompact ? setting.description : undefined}>
      <label for={id}>{titleOf(setting.name)}</label>
      <Control {...props} id={id} helpId={helpId} />
      <p id={helpId} class={isCompact ? 'visually-hidden' : 'field-help'}>
        {setting.description}
      </p>
    </div>
  );
}

function Control(
  props: FieldProps & { readonly id: string; readonly helpId: string },
): JSX.Element {
  const { setting, value, onChange, id, helpId } = props;
  const shared = { id, 'aria-describedby': helpId };
  if (setting.kind === 'boolean') {
    return (
      <input
        {...shared}
        type="checkbox"
        checked={value === undefined ? setting.default === true : value === true}
        onChange={({ currentTarget }) => onChange(currentTarget.checked)}
      />
    );
  }
  if (setting.kind === 'choice') {
    return (
      <select
        {...shared}
        value={String(value ?? '')}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        <option value="">{placeholderOf(setting)}</option>
        {setting.choices?.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  const typed = {
    ...shared,
    placeholder: placeholderOf(setting),
    value: String(value ?? ''),
    onInput: ({ currentTarget }: TargetedInputEvent<HTMLInputElement>) =>
      onChange(currentTarget.value),
  };
  if (setting.kind === 'string' || setting.kind === 'file') return <input {...typed} type="text" />;
  return (
    <input
      {...typed}
      type="number"
      step={setting.kind === 'integer' ? 1 : 'any'}
      min={setting.min}
      max={setting.max}
    />
  );
}

function placeholderOf({ default: usual, derived }: SettingView): string {
  return usual === undefined ? (derived ?? 'none') : String(usual);
}

/** Converts a name in JSON to words: `topK` becomes `top k`. */
export function titleOf(name: string): string {
  return name.replace(/([A-Z])/gu, ' $1').toLowerCase();
}
