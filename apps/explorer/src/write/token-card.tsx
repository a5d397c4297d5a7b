import type { LikelyToken, WrittenToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatProbability } from '../state/format.js';
import { NextCard } from './next-card.js';
import { RivalList } from './rival-list.js';
import type { TokenPlace, Writing } from './writing.js';

/** What is known of the token that is pointed at; without one, what would come next. */
export function TokenCard({ writing }: { readonly writing: Writing }): JSX.Element {
  const chosen = writing.chosen.value;
  const token = chosen && writing.outputs.value[chosen.output]?.text.tokens[chosen.index];
  return (
    <aside
      class={`token-card${writing.isPinned.value ? ' token-card-pinned' : ''}`}
      aria-label="Token"
      data-index={token && chosen.index}
    >
      {token ? (
        <TokenFacts writing={writing} place={chosen} token={token} />
      ) : (
        <NextCard writing={writing} />
      )}
    </aside>
  );
}

function TokenFacts(props: {
  readonly writing: Writing;
  readonly place: TokenPlace;
  readonly token: WrittenToken;
}): JSX.Element {
  const { writing, place, token } = props;
  const choose = (rival: LikelyToken) => {
    const { entropy, rivals } = token;
    void writing.branch(place, { ...rival, entropy, rivals });
  };
  return (
    <>
      <header class="card-head">
        <h2 class="token-word" dir="auto">
          {token.word}
        </h2>
        <button type="button" class="link-button" onClick={() => writing.unchoose()}>
          Close
        </button>
      </header>
      <dl class="token-facts">
        <Fact name="probability" value={formatProbability(token.probability)} />
        <Fact name="rank" value={token.rank} />
        <Fact name="entropy" value={`${token.entropy.toFixed(2)} bits`} />
        <Fact name="id" value={token.id} />
      </dl>
      <h3>Instead of it</h3>
      <p class="hint">Choose one, and the model goes on from there.</p>
      <RivalList
        tokens={token.rivals}
        chosenId={token.id}
        label="Rivals of this token"
        onChoose={choose}
      />
    </>
  );
}

function Fact(props: { readonly name: string; readonly value: string | number }): JSX.Element {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
    </div>
  );
}
