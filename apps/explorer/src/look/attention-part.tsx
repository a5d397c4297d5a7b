import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

import { useSession } from '../state/session.js';
import { useAnswer } from '../state/use-answer.js';
import { AttentionArcs } from './attention-arcs.js';
import { AttentionMatrix } from './attention-matrix.js';
import { HeadChoice, headIn } from './head-choice.js';
import type { Subject } from './subject.js';

/** The attention of a head: which token attends to which, as a matrix and as arcs. */
export function AttentionPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const session = useSession();
  const place = headIn(session.place.value.params, subject);
  const { model, prompt, study } = subject;
  const weights = useAnswer('attention', { model: model.id, prompt, ...place })?.answer.weights;
  const groupLength = study.layers[place.layer]?.groupLength;
  const row = useSignal<number | undefined>(undefined);
  const isReady = weights?.length === study.tokens.length;
  return (
    <section class="panel">
      <h2>Attention</h2>
      <HeadChoice subject={subject} place={place} hasMean />
      {isReady && (
        <div class="attention">
          <AttentionMatrix
            tokens={study.tokens}
            weights={weights}
            row={row}
            groupLength={groupLength}
          />
          <AttentionArcs
            tokens={study.tokens}
            weights={weights}
            row={row}
            groupLength={groupLength}
          />
        </div>
      )}
    </section>
  );
}
