import type { SettingView } from '@ramble/explorer';
import type { JSX, TargetedInputEvent } from 'preact';
import { useId } from 'preact/hooks';

import { LinkButton } from '../shell/buttons.js';
import { effective, PRESETS, presetIn } from './setting-values.js';
import { MAX_COUNT, type Writing } from './writing.js';

/**
 * Settings that are always visible. `slider` is the maximum of a slider, `title` a plainer name than the setting's.
 */
const MAIN: Readonly<Record<string, { readonly slider?: number; readonly title?: string }>> = {
  temperature: { slider: 2 },
  topP: { slider: 1 },
  maxNewTokens: { title: 'length' },
  numBeams: { title: 'beams' },
  nBest: { title: 'outputs' },
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
      <Presets writing={writing} sampling={sampling} />
      <div class="settings-main">
        {main.map((setting) => (
          <MainField key={setting.name} {...propsOf(setting)} />
        ))}
        {!hasBeams && !writing.conversation.isOn.value && <CountField writing={writing} />}
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

/** Buttons that fill in how freely the model writes, and one that empties all fields. */
function Presets(props: {
  readonly writing: Writing;
  readonly sampling: readonly SettingView[];
}): JSX.Element {
  const { writing, sampling } = props;
  const fields = writing.fields.value;
  const isRandom = sampling.some(({ name }) => name === 'temperature');
  return (
    <div class="pills" role="group" aria-label="How freely the model writes">
      {isRandom &&
        Object.entries(PRESETS).map(([name, values]) => (
          <button
            key={name}
            type="button"
            class="pill"
            title={titleOfPreset(values)}
            aria-pressed={presetIn(fields) === name}
            onClick={() => (writing.fields.value = { ...fields, ...values })}
          >
            {name}
          </button>
        ))}
      {Object.values(fields).some((value) => value !== '') && (
        <LinkButton label="Reset settings" onClick={() => (writing.fields.value = {})} />
      )}
    </div>
  );
}

function titleOfPreset(values: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  if (given.length === 0) return "The model's defaults";
  return given.map(([name, value]) => `${titleOf(name)} ${String(value)}`).join(', ');
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
      <label for="count">outputs</label>
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
      <label for={id}>{MAIN[setting.name]?.title ?? titleOf(setting.name)}</label>
      <Control {...props} id={id} helpId={helpId} />
      <p id={helpId} class={isCompact ? 'visually-hidden' : 'field-help'}>
        {setting.description}
        {setting.default === undefined && setting.derived && ` Default: ${setting.derived}.`}
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
        <option value="">{placeholderOf(setting) || 'default'}</option>
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

/** Returns the default value; a default that is described in words is in the help text, as fields would cut it. */
function placeholderOf({ default: usual }: SettingView): string {
  return usual === undefined ? '' : String(usual);
}

/** Converts a name in JSON to words: `topK` becomes `top k`. */
export function titleOf(name: string): string {
  return name.replace(/([A-Z])/gu, ' $1').toLowerCase();
}
