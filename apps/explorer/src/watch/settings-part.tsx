import type { RunDetails, RunView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import type { Details } from './step-part.js';

/** The settings of runs side by side; differences are marked. */
export function SettingsPart(props: {
  readonly runs: readonly RunView[];
  readonly details: Details;
}): JSX.Element {
  const { runs, details } = props;
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
      {known.length > 1 && (
        <label class="check">
          <input
            type="checkbox"
            checked={onlyDifferent.value}
            onChange={() => (onlyDifferent.value = !onlyDifferent.value)}
          />
          Differences alone
        </label>
      )}
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
