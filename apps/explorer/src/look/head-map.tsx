import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { useAnswer } from '../state/use-answer.js';
import { paintRows } from './paint-rows.js';
import type { Subject } from './subject.js';

/** A small picture of the attention of a head. */
export function HeadMap(props: {
  readonly subject: Subject;
  readonly layer: number;
  readonly head: number | undefined;
}): JSX.Element {
  const { subject, layer, head } = props;
  const { model, prompt } = subject;
  const weights = useAnswer('attention', {
    model: model.id,
    prompt,
    layer,
    ...(head !== undefined && { head }),
  })?.answer.weights;
  const url = useMemo(() => weights && paintRows(weights), [weights]);
  return url === undefined ? <span class="head-map" /> : <img class="head-map" src={url} alt="" />;
}
