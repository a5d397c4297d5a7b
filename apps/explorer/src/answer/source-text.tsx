import type { PageToken, Rows } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { tokenTexts } from '../state/token-texts.js';

/** The prompt, shaded by how much one token of the output attended to it, or all of them on average. */
export function SourceText(props: {
  readonly tokens: readonly PageToken[];
  readonly weights: Rows;
  /** Index of the token of the output. */
  readonly row: number | undefined;
}): JSX.Element {
  const { tokens, weights, row } = props;
  const texts = useMemo(() => tokenTexts(tokens), [tokens]);
  const chosen = row === undefined ? undefined : weights[row];
  const shown = chosen ?? meanOf(weights, tokens.length);
  const largest = Math.max(...shown.map((weight) => weight ?? 0), 1e-9);
  return (
    <figure class="source">
      <p class="source-text" dir="auto">
        {texts.map((text, i) => (
          <span
            key={i}
            class="source-token"
            style={{ '--weight': ((shown[i] ?? 0) / largest).toFixed(3) }}
          >
            {text}
          </span>
        ))}
      </p>
      <figcaption>
        {chosen
          ? 'What this token attended to'
          : 'What the output attended to; point at one of its tokens'}
      </figcaption>
    </figure>
  );
}

function meanOf(weights: Rows, length: number): number[] {
  return Array.from(
    { length },
    (_, i) => weights.reduce((sum, row) => sum + (row[i] ?? 0), 0) / Math.max(1, weights.length),
  );
}
