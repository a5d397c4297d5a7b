import type { SettingView } from '@ramble/explorer';
import type { JSX, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

import { effective } from './setting-values.js';
import { MAX_COUNT, type Writing } from './writing.js';

/** Settings that are always visible; `slider` is the end of a slider's range. */
const MAIN: Readonly<Record<string, { readonly slider?: number }>> = {
  temperature: { slider: 2 },
  topP: { slider: 1 },
  maxNewTokens: {},
  numBeams: {},
  nBest: {},
  seed: {},
};

/** All settings of a model: the main ones in a row, the others under "More". */
export function SettingsForm({ writing }: { readonly writing: Writing }): JSX.Element {
  const { promptSettings, outputSettings } = writing.model;
  const fields = writing.fields.value;
  const sampling = effective(writing.samplingSettings.value, fields);
  const hasBeams = sampling.some(({ only }) => only === 'beams');
  const main = Object.keys(MAIN)
    .filter((name) => name !== 'nBest' || hasBeams)
    .flatMap((name) => sampling.find((it) => it.name === name) ?? []);
  const groups = [
    ['Sampling', sampling.filter(({ name }) => !(name in MAIN))],
    ['Output', outputSettings],
    ['Prompt', promptSettings.filter(({ kind }) => kind !== 'file')],
  ] as const;
  const propsOf = (setting: SettingView): FieldProps => ({
    ...{ setting, value: fields[setting.name] },
    onChange: (value) => {
      writing.fields.value = { ...writing.fields.peek(), [setting.name]: value };
    },
  });
  return (
    <div class="settings">
      <div class="settings-main">
        {main.map((setting) => (
          <MainField key={setting.name} {...propsOf(setting)} />
        ))}
        {!hasBeams && <CountField writing={writing} />}
      </div>
      <details class="settings-more">
        <summary>More settings</summary>
        {groups.map(
          ([title, settings]) =>
            settings.length > 0 && (
              <fieldset key={title}>
                <legend>{title}</legend>
                <div class="settings-grid">
                  {settings.map((setting) => (
                    <SettingField key={setting.name} {...propsOf(setting)} />
                  ))}
                </div>
              </fieldset>
            ),
        )}
      </details>
    </div>
  );
}

function MainField(props: FieldProps): JSX.Element {
  const { slider } = MAIN[props.setting.name] ?? {};
  return slider === undefined ? (
    <SettingField {...props} isCompact />
  ) : (
    <SliderField {...props} max={slider} />
  );
}

/** Field for the number of outputs side by side. */
function CountField({ writing }: { readonly writing: Writing }): JSX.Element {
  return (
    <div class="field field-integer">
      <label for="count">samples</label>
      <input
        id="count"
        type="number"
        min={1}
        max={MAX_COUNT}
        title={`At most ${MAX_COUNT}.`}
        value={writing.count.value}
        onInput={({ currentTarget }) => {
          if (currentTarget.value === '') return; // and typing continues
          writing.ask(Number(currentTarget.value));
          currentTarget.value = String(writing.count.value);
        }}
      />
    </div>
  );
}

/** A slider for a setting that is a number, with its value next to its name. */
function SliderField(props: FieldProps & { readonly max: number }): JSX.Element {
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

/** A setting, its current value, and a callback that receives a new value. */
interface FieldProps {
  readonly setting: SettingView;
  readonly value: string | boolean | undefined;
  readonly onChange: (value: string | boolean) => void;
}

/**
 * A field of a form for one setting, with its description.
 *
 * @param props - `isCompact` shows the description only on hover.
 */
function SettingField(props: FieldProps & { readonly isCompact?: boolean }): JSX.Element {
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
