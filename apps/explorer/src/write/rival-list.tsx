import type { LikelyToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatProbability } from '../state/format.js';

/** Tokens with bars as long as they are likely; each can be chosen. */
export function RivalList(props: {
  readonly tokens: readonly LikelyToken[];
  /** The token that is there. */
  readonly chosenId?: number;
  readonly label: string;
  readonly onChoose?: (token: LikelyToken) => void;
}): JSX.Element {
  const { tokens, chosenId, label, onChoose } = props;
  return (
    <ol class="rivals" aria-label={label}>
      {tokens.map((token) => (
        <li key={token.id}>
          <button
            type="button"
            class={`rival${token.id === chosenId ? ' rival-chosen' : ''}`}
            disabled={!onChoose}
            aria-current={token.id === chosenId ? 'true' : undefined}
            onClick={() => onChoose?.(token)}
          >
            <span class="rival-rank">{token.rank}</span>
            <span class="rival-word" dir="auto">
              {token.word}
            </span>
            <span class="rival-probability">{formatProbability(token.probability)}</span>
            <svg
              class="rival-bar"
              viewBox="0 0 100 4"
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              <rect width={Math.max(0.5, 100 * token.probability)} height="4" rx="1" />
            </svg>
          </button>
        </li>
      ))}
    </ol>
  );
}
