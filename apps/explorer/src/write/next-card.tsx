import type { LikelyToken, NextAnswer, NextToken, WrittenToken } from '@ramble/explorer';
import type { JSX } from 'preact';

import { LinkButton } from '../shell/buttons.js';
import { formatCount, formatProbability } from '../state/format.js';
import { useNextTokens } from './use-next-tokens.js';
import type { Writing } from './writing.js';
import type { TokenPlace } from './writing-state.js';

/** The most probable next tokens of the first output, or of the last answer of a conversation, once it has stopped. */
function NextCard({ writing }: { readonly writing: Writing }): JSX.Element {
  const outputs = writing.outputs.value;
  const at = writing.conversation.isOn.value ? outputs.length - 1 : 0;
  const output = outputs[at];
  const isThere = output !== undefined && output.text.length.value > 0 && !writing.isWriting.value;
  const place = isThere ? { output: at, index: output.text.length.value } : undefined;
  const next = useNextTokens(writing, place);
  if (!place || !next) {
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
    void writing.branch(place, written);
  };
  return (
    <>
      <h2>Next token</h2>
      <p class="hint">The entropy is {next.entropy.toFixed(2)} bits.</p>
      <FilterLegend writing={writing} next={next} />
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

/** Explains the two bars of a token, with the number of tokens that the filters leave. */
function FilterLegend(props: {
  readonly writing: Writing;
  readonly next: NextAnswer;
}): JSX.Element | null {
  const { remaining } = props.next;
  if (remaining === undefined) return null;
  const { vocabSize } = props.writing.model.config;
  return (
    <p class="hint rival-legend" role="status">
      <Bars probability={1} filtered={1} /> the model's probability, and below it the one after the
      settings; <Bars probability={1} filtered={0} /> cut. {formatCount(remaining)} of{' '}
      {formatCount(vocabSize)} tokens remain.
    </p>
  );
}

/**
 * Two bars for the probability of a token. The upper bar is the probability before top-k, top-p and the other filters, and
 * is hatched if they remove the token. The lower bar is the probability after them.
 */
function Bars(props: {
  readonly probability: number;
  readonly filtered?: number | undefined;
}): JSX.Element {
  const { probability, filtered } = props;
  const widthOf = (share: number) => ({
    width: share === 0 ? '0' : `${Math.min(100, Math.max(0.5, 100 * share))}%`,
  });
  return (
    <span class="rival-bars" aria-hidden="true">
      <span class={filtered === 0 ? 'bar bar-cut' : 'bar'} style={widthOf(probability)} />
      {filtered !== undefined && <span class="bar bar-after" style={widthOf(filtered)} />}
    </span>
  );
}

/** Tokens with bars for their probabilities; each token that the grammar allows can be chosen. */
function AlternativeList(props: {
  readonly tokens: readonly NextToken[];
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
            <span class="rival-probability">
              {formatProbability(token.probability)}
              {token.filtered !== undefined && (
                <span class="rival-filtered">
                  {' → '}
                  {token.filtered === 0 ? 'cut' : formatProbability(token.filtered)}
                </span>
              )}
            </span>
            <Bars {...token} />
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
  const next = useNextTokens(writing, place);
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
      {next && <FilterLegend writing={writing} next={next} />}
      <AlternativeList
        tokens={next?.tokens ?? token.alternatives}
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
