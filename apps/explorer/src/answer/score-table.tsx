import type { ScoreAnswer } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatValue } from '../state/format.js';

/** Scores, a row an output. */
export function ScoreTable({ answers }: { readonly answers: readonly ScoreAnswer[] }): JSX.Element {
  const scores = answers[0]?.scores ?? [];
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Scores">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Output</th>
            {scores.map(({ name, signature }) => (
              <th key={name} scope="col" class="number" title={signature}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answers.map((answer, i) => (
            <tr key={i}>
              <th scope="row">{i + 1}</th>
              {answer.scores.map(({ name, score }) => (
                <td key={name} class="number">
                  {formatValue(score)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
