import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { lazyView } from '../shell/lazy-view.js';
import type { CurvesLook } from './curves.js';
import type { Watching } from './watching.js';

const Curves = lazyView('the curves', () => import('./curves.js'));

const AXES = { step: 'steps', tokens: 'tokens', elapsedSeconds: 'time' } as const;
const UNITS = { nats: 'loss', bits: 'bits per character', perplexity: 'perplexity' } as const;
/** Initial weight of the moving average that smooths losses. */
const SMOOTHING = 0.9;

/** The curves of the chosen runs, with one picture for each quantity, and their settings. */
export function CurvesPart({ watching }: { readonly watching: Watching }): JSX.Element {
  const isLog = useSignal(false);
  const leavesOutliers = useSignal(false);
  const smoothing = useSignal(SMOOTHING);
  const axis = useSignal<CurvesLook['axis']>('step');
  const unit = useSignal<CurvesLook['unit']>('nats');
  const settings = [isLog, leavesOutliers, smoothing, axis, unit] as const;
  const look = useMemo(
    (): CurvesLook => ({
      ...{ isLog: isLog.value, leavesOutliers: leavesOutliers.value, smoothing: smoothing.value },
      ...{ axis: axis.value, unit: unit.value },
    }),
    settings.map(({ value }) => value),
  );
  return (
    <section class="panel" aria-label="Curves">
      <header class="curves-head">
        <h2>Curves</h2>
        <Choice label="By" options={AXES} value={axis.value} onChange={(to) => (axis.value = to)} />
        <Choice
          label="Losses as"
          options={UNITS}
          value={unit.value}
          onChange={(to) => (unit.value = to)}
        />
        <label class="check">
          Smoothing
          <input
            type="range"
            min={0}
            max={0.99}
            step={0.01}
            value={smoothing.value}
            onInput={({ currentTarget }) => (smoothing.value = currentTarget.valueAsNumber)}
          />
          <output>{smoothing.value.toFixed(2)}</output>
        </label>
        <Check isOn={isLog} label="Logarithmic losses" />
        <Check isOn={leavesOutliers} label="Without outliers" />
      </header>
      <Legend isSmoothed={smoothing.value > 0} />
      {unit.value === 'bits' && <UnknownCharacters watching={watching} />}
      <Curves watching={watching} look={look} />
    </section>
  );
}

function Choice<Name extends string>(props: {
  readonly label: string;
  readonly options: Readonly<Record<Name, string>>;
  readonly value: Name;
  readonly onChange: (value: Name) => void;
}): JSX.Element {
  const { label, options, value, onChange } = props;
  return (
    <label class="check">
      {label}
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value as Name)}>
        {Object.entries<string>(options).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The legend of the lines in the picture of the loss. */
function Legend({ isSmoothed }: { readonly isSmoothed: boolean }): JSX.Element {
  const lines = [
    { kind: 'smooth', title: isSmoothed ? 'training, smoothed' : 'training' },
    ...(isSmoothed ? [{ kind: 'raw', title: 'training, as logged' }] : []),
    { kind: 'validation', title: 'validation' },
  ];
  return (
    <ul class="curve-legend">
      {lines.map(({ kind, title }) => (
        <li key={kind}>
          <svg viewBox="0 0 24 6" width="24" height="6" aria-hidden="true">
            <path class={`legend-${kind}`} d="M0 3 H24" />
          </svg>
          {title}
        </li>
      ))}
    </ul>
  );
}

/** Names the drawn run, or the number of runs, whose bits per character are unknown. */
function UnknownCharacters({ watching }: { readonly watching: Watching }): JSX.Element | null {
  const unknown = watching.chosen.value.filter((run) => run.bitsPerCharacter === undefined);
  if (unknown.length === 0) return null;
  const [first] = unknown;
  const names = unknown.length === 1 ? first?.name : `${unknown.length} of the drawn runs`;
  return (
    <p class="notice">
      Bits per character are known if each token is a character. They are unknown for {names}; a run
      does not record the characters of other tokens.
    </p>
  );
}

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
