import { useSignal } from '@preact/signals';
import type { RunDetails, RunView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { formatCount, formatSeconds, formatValue } from '../state/format.js';
import { useSession } from '../state/session.js';
import { Check, CurvesPart } from './curves-part.js';
import type { Watching } from './watching.js';

/** The curves, steps, settings and samples of the chosen runs. */
export function ChosenRuns({ watching }: { readonly watching: Watching }): JSX.Element {
  const runs = watching.chosen.value;
  const details = useDetails(runs);
  return (
    <>
      <CurvesPart watching={watching} />
      <RunTable runs={runs} />
      <StepPart runs={runs} details={details} />
      <SettingsPart runs={runs} details={details} />
      <SamplesPart runs={runs} details={details} />
    </>
  );
}

/** The numbers of runs, in one row for each. */
function RunTable({ runs }: { readonly runs: readonly RunView[] }): JSX.Element {
  return (
    <details class="panel fold">
      <summary>
        <h2>Numbers</h2>
      </summary>
      <Table
        label="Numbers of runs"
        heads={[
          'Run',
          { number: 'Step' },
          { number: 'Loss' },
          { number: 'Validation loss' },
          { number: 'Best validation loss' },
          { number: 'Parameters' },
          { number: 'Time' },
        ]}
      >
        {runs.map(({ name, step, last, bestLoss, parameters, elapsedSeconds }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{step.toLocaleString('en')}</td>
            {[
              last?.loss === undefined ? '' : formatValue(last.loss),
              last?.validationLoss === undefined ? '' : formatValue(last.validationLoss),
              bestLoss === undefined ? '' : formatValue(bestLoss),
              parameters === undefined ? '' : formatCount(parameters),
              elapsedSeconds === undefined ? '' : formatSeconds(elapsedSeconds),
            ].map((value, i) => (
              <td key={i} class="number">
                {value}
              </td>
            ))}
          </tr>
        ))}
      </Table>
    </details>
  );
}

/** Runs, and the details that are loaded so far. */
interface Detailed {
  readonly runs: readonly RunView[];
  readonly details: Details;
}

/** Shows the cost of one step of each run. */
function StepPart({ runs, details }: Detailed): JSX.Element | null {
  const known = runs.flatMap(({ name, last }) => {
    const step = details[name]?.step;
    return step ? [{ name, last, ...step }] : [];
  });
  if (known.length === 0) return null;
  return (
    <section class="panel">
      <h2>A step costs</h2>
      <Table
        label="Cost of a step"
        heads={['Run', 'Tokens', 'GFLOP', 'Seconds', 'GFLOP a second', 'Of the peak']}
      >
        {known.map(({ name, tokens, operations, last }) => {
          const seconds = last?.tokensPerSecond && tokens / last.tokensPerSecond;
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{formatCount(tokens)}</td>
              <td>{formatValue(operations / 1e9)}</td>
              <td>{seconds && formatValue(seconds)}</td>
              <td>{seconds && formatValue(operations / 1e9 / seconds)}</td>
              <td>{last?.peakShare && `${Math.round(100 * last.peakShare)} %`}</td>
            </tr>
          );
        })}
      </Table>
    </section>
  );
}

/** Details of runs by name. */
type Details = Readonly<Record<string, RunDetails>>;

/** Returns the details of runs, which are requested again when a run reaches another step. */
function useDetails(runs: readonly RunView[]): Details {
  const session = useSession();
  const [details, setDetails] = useState<Details>({});
  useEffect(() => {
    const abort = new AbortController();
    for (const { name } of runs) {
      void session.ask('details', { run: name }, abort.signal).then((found) => {
        if (found) setDetails((before) => ({ ...before, [name]: found }));
      });
    }
    return () => abort.abort();
  }, [runs.map(({ name, step }) => `${name} ${step}`).join()]);
  return details;
}

/** The settings of runs side by side; differences are marked. */
function SettingsPart({ runs, details }: Detailed): JSX.Element {
  const onlyDifferent = useSignal(false);
  const known = runs.flatMap(({ name }) => {
    const found = details[name];
    return found ? [{ name, found }] : [];
  });
  const rows = rowsOf(known.map(({ found }) => found)).filter(
    ({ isDifferent }) => isDifferent || !onlyDifferent.value,
  );
  return (
    <details class="panel fold">
      <summary>
        <h2>Settings</h2>
      </summary>
      {known.length > 1 && <Check isOn={onlyDifferent} label="Differences alone" />}
      <Table
        label="Settings of runs"
        kind="compared"
        heads={['Setting', ...known.map(({ name }) => name)]}
      >
        {rows.map(({ group, name, values, isDifferent }) => (
          <tr key={`${group} ${name}`} class={isDifferent ? 'different' : undefined}>
            <th scope="row">
              <span class="setting-group">{group}</span> {name}
            </th>
            {values.map((value, i) => (
              <td key={i}>{value}</td>
            ))}
          </tr>
        ))}
      </Table>
    </details>
  );
}

interface Row {
  readonly group: string;
  readonly name: string;
  readonly values: readonly string[];
  readonly isDifferent: boolean;
}

function rowsOf(details: readonly RunDetails[]): Row[] {
  const names = details.flatMap(({ settings }) =>
    Object.entries(settings).flatMap(([group, values]) =>
      Object.keys(values).map((name) => [group, name] as const),
    ),
  );
  const unique = [...new Map(names.map((pair) => [pair.join(' '), pair])).values()];
  return unique.map(([group, name]) => {
    const values = details.map(({ settings }) => textOf(settings[group]?.[name]));
    return { group, name, values, isDifferent: new Set(values).size > 1 };
  });
}

/** Formats a value; an object has a line for each field, such as `path book.txt`. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return Object.entries(value)
    .map(([name, field]) => `${name} ${textOf(field)}`)
    .join('\n');
}

/** Samples that the runs wrote during training, the last first. */
function SamplesPart({ runs, details }: Detailed): JSX.Element | null {
  const written = runs.flatMap(({ name }) =>
    (details[name]?.samples ?? []).map((sample) => ({ name, ...sample })),
  );
  if (written.length === 0) return null;
  return (
    <section class="panel">
      <h2>Samples</h2>
      <div class="samples">
        {written.map(({ name, step, prompt, text, reference }, i) => (
          <article key={i} class="sample">
            <h3>
              {name} <span class="hint">at step {step.toLocaleString('en')}</span>
            </h3>
            {prompt !== undefined && (
              <p class="sample-prompt" dir="auto">
                {prompt}
              </p>
            )}
            <p dir="auto">{text}</p>
            {reference !== undefined && (
              <p class="sample-reference" dir="auto">
                {reference}
              </p>
            )}
          </article>
        ))}
      </div>
    </section>
  );
}
