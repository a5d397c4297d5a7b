import type { PageToken, Rows } from '@ramble/explorer';
import type { JSX } from 'preact';

/** More rows than that are no table that anybody reads. */
const MOST = 20;

/** A table of numbers, a row a token; of a long prompt its last tokens. */
export function ScoreCells(props: {
  readonly tokens: readonly PageToken[];
  readonly rows: Rows;
  /** Whether values go from 0 to 1. */
  readonly isWeights: boolean;
}): JSX.Element {
  const { tokens, rows, isWeights } = props;
  const first = Math.max(0, tokens.length - MOST);
  const shown = rows.slice(first).map((row) => row.slice(first));
  const values = shown.flat().filter((value) => value !== null);
  const [low, high] = isWeights ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const words = tokens.slice(first).map(({ word }) => word);
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label="Table of scores">
      <table class="table scores">
        <thead>
          <tr>
            <td />
            {words.map((word, i) => (
              <th key={i} scope="col" class="scores-column" dir="auto">
                {word}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row, i) => (
            <tr key={i}>
              <th scope="row" dir="auto">
                {words[i]}
              </th>
              {row.map((value, j) => (
                <td
                  key={j}
                  class={value === null ? 'score-masked' : 'shaded number'}
                  style={{ '--weight': weightOf(value, low, high) }}
                >
                  {value === null ? '−∞' : value.toFixed(2)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {first > 0 && (
        <p class="hint">
          The last {MOST} of {tokens.length} tokens.
        </p>
      )}
    </div>
  );
}

function weightOf(value: number | null, low: number, high: number): string {
  return value === null ? '0' : ((value - low) / (high - low || 1)).toFixed(3);
}
