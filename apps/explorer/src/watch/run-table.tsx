import type { RunView } from '@ramble/explorer';
import { Table } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';

import { formatCount, formatSeconds, formatValue } from '../state/format.js';

/** The numbers of runs, in one row for each. */
export function RunTable({ runs }: { readonly runs: readonly RunView[] }): JSX.Element {
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
