import type { LikelyToken, WrittenToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import { LinkButton } from '../shell/buttons.js';
import { formatProbability } from '../state/format.js';
import { useAnswer } from '../state/session.js';
import { settingValues } from './setting-values.js';
import { ALTERNATIVES, type TokenPlace, type Writing } from './writing.js';

/** The most probable next tokens of the first output, once it has stopped. */
function NextCard({ writing }: { readonly writing: Writing }): JSX.Element {
  const [output] = writing.outputs.value;
  const isThere = output !== undefined && output.text.length.value > 0 && !writing.isWriting.value;
  const prompt = isThere ? writing.promptWith(0) : undefined;
  const options = settingValues(writing.model.outputSettings, writing.fields.value);
  const next = useAnswer(
    'next',
    prompt && { model: writing.model.id, prompt, count: ALTERNATIVES, options },
  )?.answer;
  if (!isThere || !next) {
    return (
      <>
        <h2>Every token, and its alternatives</h2>
        <p class="hint">
          Point at a token of the output to see how likely it was, and which other tokens were
          likely. Choose another one, and the model continues from there.
        </p>
      </>
    );
  }
  const choose = (token: LikelyToken) => {
    const written = { ...token, entropy: next.entropy, alternatives: next.tokens };
    void writing.branch({ output: 0, index: output.text.length.peek() }, written);
  };
  return (
    <>
      <h2>Next token</h2>
      <p class="hint">The entropy is {next.entropy.toFixed(2)} bits.</p>
      <AlternativeList
        tokens={next.tokens}
        refusedIds={next.refused?.tokens.map(({ id }) => id)}
        label="Next tokens"
        onChoose={choose}
      />
      {next.refused && next.refused.count > 0 && (
        <>
          <h3>Tokens that the grammar forbids</h3>
          <p class="hint">
            {next.refused.count} tokens, to which the model gives a probability of{' '}
            {formatProbability(next.refused.probability)} together.
          </p>
          <AlternativeList tokens={next.refused.tokens} label="Refused tokens" />
        </>
      )}
    </>
  );
}

/** Tokens with bars for their probabilities; each token that the grammar allows can be chosen. */
function AlternativeList(props: {
  readonly tokens: readonly LikelyToken[];
  /** Id of the current token. */
  readonly chosenId?: number;
  /** Ids of the tokens that the grammar forbids. */
  readonly refusedIds?: readonly number[] | undefined;
  readonly label: string;
  readonly onChoose?: (token: LikelyToken) => void;
}): JSX.Element {
  const { tokens, chosenId, refusedIds = [], label, onChoose } = props;
  const isRefused = ({ id }: LikelyToken): boolean => refusedIds.includes(id);
  return (
    <ol class="rivals" aria-label={label}>
      {tokens.map((token) => (
        <li key={token.id}>
          <button
            type="button"
            class={`rival${token.id === chosenId ? ' rival-chosen' : ''}${isRefused(token) ? ' rival-refused' : ''}`}
            title={isRefused(token) ? 'The grammar forbids this token here.' : undefined}
            disabled={!onChoose || isRefused(token)}
            aria-current={token.id === chosenId ? 'true' : undefined}
            onClick={() => onChoose?.(token)}
          >
            <span class="rival-rank">{token.rank}</span>
            <span class="rival-word" dir="auto">
              {token.word}
              {isRefused(token) && <span class="rival-note"> forbidden</span>}
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

/** Details of the token under the pointer; without one, the predictions for the next token. */
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
  const choose = (alternative: LikelyToken) => {
    const { entropy, alternatives } = token;
    void writing.branch(place, { ...alternative, entropy, alternatives });
  };
  return (
    <>
      <header class="card-head">
        <h2 class="token-word" dir="auto">
          {token.word}
        </h2>
        <LinkButton label="Close" onClick={() => writing.unchoose()} />
      </header>
      <dl class="token-facts">
        <Fact name="probability" value={formatProbability(token.probability)} />
        <Fact name="rank" value={token.rank} />
        <Fact name="entropy" value={`${token.entropy.toFixed(2)} bits`} />
        <Fact name="id" value={token.id} />
      </dl>
      <h3>Alternatives</h3>
      <p class="hint">Choose one, and the model continues from there.</p>
      <AlternativeList
        tokens={token.alternatives}
        chosenId={token.id}
        label="Alternatives to this token"
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
