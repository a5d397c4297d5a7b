import type { RunDetails, RunView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { formatCount, formatValue } from '../state/format.js';
import { useSession } from '../state/session.js';

/** Cost of a step, in each of the runs. */
export function StepPart(props: {
  readonly runs: readonly RunView[];
  readonly details: Details;
}): JSX.Element | null {
  const { runs, details } = props;
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
export type Details = Readonly<Record<string, RunDetails>>;

/** Returns the details of runs, which are requested again when a run reaches another step. */
export function useDetails(runs: readonly RunView[]): Details {
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
