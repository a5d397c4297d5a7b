import type { CircuitsQuestion, LikelyToken, PagePrompt } from '@ramble/explorer';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import { useAnswer, useSession } from '../state/session.js';
import type { Subject } from './cache-part.js';
import { CircuitsResult } from './circuits-result.js';
import { MeasureButton, useMeasuring } from './measuring.js';

/**
 * Kinds of measurement: name in the page's address, title, explanation and fields of the request. The first one is
 * the default.
 */
const KINDS = [
  [
    ...['parts', 'Contributions to the logit'],
    'The logit of a token is a sum: each head, each MLP and the embeddings add a number to it.',
    { attribute: true },
  ],
  [
    ...['zero', 'Ablation with zeros'],
    'One part at a time gives zeros. A part matters if the logit is then far from that of the whole model.',
    { ablate: 'zero' },
  ],
  [
    ...['mean', 'Ablation with means'],
    'One part at a time gives its mean over the tokens of the prompt, and so knows nothing of where it is.',
    { ablate: 'mean' },
  ],
  [
    ...['patching', 'Patching from the prompt into another'],
    'One activation at a time moves from the prompt into a pass over another prompt of as many tokens. It carries the ' +
      'answer if the logit comes back with it.',
    {},
  ],
  [
    ...['heads', 'Previous-token and induction heads'],
    'Each head is scored on random tokens that are repeated, without the prompt.',
    { headScores: true },
  ],
  [
    ...['mask', 'Without the mask'],
    'Every token attends to later tokens too. The model was not trained for that, so its predictions can change.',
    { unmasked: true },
  ],
] as const satisfies readonly (readonly [string, string, string, Partial<CircuitsQuestion>])[];

type Kind = (typeof KINDS)[number][0];

/** Measures which parts of the model make its prediction, when the reader asks for it. */
export default function CircuitsPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { arrivals, place } = useSession();
  const { params } = place.value;
  const [kind, , explanation, request] =
    KINDS.find(([name]) => name === params.circuit) ?? KINDS[0];
  const likely = subject.study.lens.at(-1)?.tokens ?? [];
  const idIn = (param: string): number | undefined =>
    likely.find(({ id }) => String(id) === params[param])?.id;
  const chosen = { answer: idIn('answer') ?? likely[0]?.id, other: idIn('other') };
  const [text, setText] = useState('');
  useEffect(() => setText(params.corrupted ?? ''), [arrivals.value]);
  const otherPrompt = useOtherPrompt(subject, kind === 'patching' ? text : '');
  const measuring = useMeasuring({
    ...{ model: subject.model.id, prompt: subject.prompt, ...request },
    ...(hasLogit(kind) && chosen),
    ...(otherPrompt?.isAsLong && { corrupted: otherPrompt.prompt }),
  });
  return (
    <section class="panel">
      <h2>Circuits</h2>
      <p class="hint">{explanation} A measurement of a large model can take minutes.</p>
      <div class="circuit-fields">
        <KindChoice kind={kind} />
        {hasLogit(kind) && <LogitChoices kind={kind} likely={likely} {...chosen} />}
        {kind === 'patching' && <OtherPrompt text={text} onInput={setText} />}
      </div>
      {otherPrompt && !otherPrompt.isAsLong && (
        <p class="hint">
          The other prompt has {otherPrompt.prompt.tokens.length} tokens, and the prompt has{' '}
          {subject.prompt.tokens.length}: patching needs as many.
        </p>
      )}
      <MeasureButton
        measuring={measuring}
        isReady={kind !== 'patching' || otherPrompt?.isAsLong === true}
      />
      {measuring.circuits && <CircuitsResult subject={subject} circuits={measuring.circuits} />}
    </section>
  );
}

/** Whether a measurement is about the logit of a token. */
function hasLogit(kind: Kind): boolean {
  return kind !== 'heads' && kind !== 'mask';
}

/**
 * Returns the prompt to patch into, encoded from `text`, and whether it has as many tokens as the prompt of the view;
 * `undefined` if the text is empty or not yet encoded.
 */
function useOtherPrompt(
  { model, prompt }: Subject,
  text: string,
): { readonly prompt: PagePrompt; readonly isAsLong: boolean } | undefined {
  const encoded = useAnswer('encode', text ? { model: model.id, text } : undefined);
  if (!text || !encoded) return undefined;
  const other = encoded.answer.prompt;
  return { prompt: other, isAsLong: other.tokens.length === prompt.tokens.length };
}

function KindChoice({ kind }: { readonly kind: Kind }): JSX.Element {
  return (
    <Choice label="Measurement" param="circuit" value={kind}>
      {KINDS.map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </Choice>
  );
}

/** Choices of the token whose logit is measured, and of the one whose logit is subtracted. */
function LogitChoices(props: {
  readonly kind: Kind;
  readonly likely: readonly LikelyToken[];
  readonly answer?: number;
  readonly other?: number;
}): JSX.Element {
  const { kind, likely, answer, other = '' } = props;
  const none = kind === 'patching' ? 'the likeliest after the other prompt' : 'no token';
  return (
    <>
      <Choice label="Token" param="answer" value={String(answer)}>
        <TokenOptions tokens={likely} />
      </Choice>
      <Choice label="Minus the logit of" param="other" value={String(other)}>
        <option value="">{none}</option>
        <TokenOptions tokens={likely} />
      </Choice>
    </>
  );
}

function OtherPrompt(props: {
  readonly text: string;
  readonly onInput: (text: string) => void;
}): JSX.Element {
  const session = useSession();
  return (
    <label class="circuit-prompt">
      <b>Other prompt</b>
      <input
        type="text"
        dir="auto"
        value={props.text}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
        onBlur={({ currentTarget }) => session.remember({ corrupted: currentTarget.value })}
      />
    </label>
  );
}

/** A drop-down list whose value is a parameter of the page's address. */
function Choice(props: {
  readonly label: string;
  readonly param: string;
  readonly value: string;
  /** Options of the list, as `option` elements. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const session = useSession();
  const { label, param, value, children } = props;
  return (
    <label>
      <b>{label}</b>
      <select
        value={value}
        onChange={({ currentTarget }) => session.remember({ [param]: currentTarget.value })}
      >
        {children}
      </select>
    </label>
  );
}

function TokenOptions(props: { readonly tokens: readonly LikelyToken[] }): JSX.Element {
  return (
    <>
      {props.tokens.map(({ id, word, probability }) => (
        <option key={id} value={String(id)}>
          {word} {formatProbability(probability)}
        </option>
      ))}
    </>
  );
}
