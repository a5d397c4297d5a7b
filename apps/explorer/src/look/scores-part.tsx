import type { Rows } from '@ramble/explorer';
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import { useSession } from '../state/session.js';
import { useAnswer } from '../state/use-answer.js';
import { HeadChoice, headIn } from './head-choice.js';
import { ScoreCells } from './score-cells.js';
import type { Subject } from './subject.js';

const STEPS = [
  ['scores', '1 Scores', 'Query times key, divided by the square root of the head size.'],
  ['masked', '2 Masked', 'Scores of tokens that may not be attended to are gone.'],
  ['weights', '3 Weights', 'Softmax makes each row sum to 1.'],
] as const;

/** How the scores of a head become its attention weights, step by step. */
export function ScoresPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const session = useSession();
  const { layer, head = 0 } = headIn(session.place.value.params, subject);
  const { model, prompt, study } = subject;
  const answer = useAnswer('scores', { model: model.id, prompt, layer, head })?.answer;
  const step = useSignal<(typeof STEPS)[number][0]>('scores');
  const rows: Rows | undefined = answer?.[step.value];
  return (
    <section class="panel">
      <h2>Score table</h2>
      <HeadChoice subject={subject} place={{ layer, head }} hasMean={false} />
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
