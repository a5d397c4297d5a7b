import { useSignal } from '@preact/signals';
import type { PageToken, Rows } from '@ramble/explorer';
import { scoreShare, ScoreTable, TokenChips } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';

import { useAnswer } from '../state/session.js';
import type { Subject } from './cache-part.js';
import { HeadChoice } from './head-choice.js';
import { useHeads } from './heads.js';

/** Number of tokens in each element. The browser skips elements that are out of sight, and one is added per frame. */
const BOX_LENGTH = 200;

/** The prompt in tokens, each with its id. */
export function TokensPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { tokens } = subject.study;
  const count = useGrowing(Math.ceil(tokens.length / BOX_LENGTH));
  return (
    <section class="panel">
      <h2>Tokens</h2>
      <p class="hint">
        The model reads {tokens.length.toLocaleString('en')}{' '}
        {tokens.length === 1 ? 'token' : 'tokens'}; its vocabulary has{' '}
        {subject.model.config.vocabSize.toLocaleString('en')}.
      </p>
      {Array.from({ length: count }, (_, i) => (
        <Chips
          key={i}
          tokens={tokens.slice(i * BOX_LENGTH, (i + 1) * BOX_LENGTH)}
          start={i * BOX_LENGTH + 1}
        />
      ))}
    </section>
  );
}

const Chips = memo(TokenChips);

/** Returns a number that grows by one each frame, up to an end. */
function useGrowing(end: number): number {
  const [count, setCount] = useState(1);
  useEffect(() => {
    if (count >= end) return;
    const frame = requestAnimationFrame(() => setCount(count + 1));
    return () => cancelAnimationFrame(frame);
  }, [count, end]);
  return Math.min(count, end);
}

const STEPS = [
  ['scores', '1 Scores', 'Query times key, divided by the square root of the head size.'],
  ['masked', '2 Masked', 'Scores of tokens that the mask hides are removed.'],
  ['weights', '3 Weights', 'Softmax makes each row sum to 1.'],
] as const;

/** Shows step by step how the scores of a head become its attention weights. */
export function ScoresPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const heads = useHeads(subject, false);
  const { layer, head = 0 } = heads.chosen;
  const chosen = { layer, head };
  const { model, prompt, study } = subject;
  const answer = useAnswer('scores', { model: model.id, prompt, layer, head })?.answer;
  const step = useSignal<(typeof STEPS)[number][0]>('scores');
  const rows: Rows | undefined = answer?.[step.value];
  return (
    <section class="panel">
      <h2>Score table</h2>
      <HeadChoice
        subject={subject}
        heads={{ ...heads, chosen, places: [chosen] }}
        isForPictures={false}
      />
      <fieldset class="switch switch-wide">
        <legend class="visually-hidden">Step</legend>
        {STEPS.map(([name, title]) => (
          <label key={name}>
            <input
              type="radio"
              name="score-step"
              checked={step.value === name}
              onChange={() => (step.value = name)}
            />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
      <p class="hint">{STEPS.find(([name]) => name === step.value)?.[2]}</p>
      {rows?.length === study.tokens.length && (
        <ScoreCells tokens={study.tokens} rows={rows} isWeights={step.value === 'weights'} />
      )}
    </section>
  );
}

/** Maximum number of rows of a readable table. */
const MAX_TOKENS = 20;

/** A table of numbers with a row for each token; for a long prompt, only the last tokens. */
function ScoreCells(props: {
  readonly tokens: readonly PageToken[];
  readonly rows: Rows;
  /** Whether the values are attention weights, from 0 to 1; otherwise they are scores. */
  readonly isWeights: boolean;
}): JSX.Element {
  const { tokens, rows, isWeights } = props;
  const first = Math.max(0, tokens.length - MAX_TOKENS);
  const shown = rows.slice(first).map((row) => row.slice(first));
  const values = shown.flat().filter((value) => value !== null);
  return (
    <>
      <ScoreTable
        label="Table of scores"
        words={tokens.slice(first).map(({ word }) => word)}
        rows={shown}
        shareOf={isWeights ? (weight) => weight : scoreShare(values)}
      />
      {first > 0 && (
        <p class="hint">
          The last {MAX_TOKENS} of {tokens.length} tokens.
        </p>
      )}
    </>
  );
}
