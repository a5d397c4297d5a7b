import { useSignalEffect } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { lazyView } from '../shell/lazy-view.js';
import { LinkButton } from '../shell/buttons.js';
import { formatPlace, formatValue } from '../state/format.js';
import { type Shade, TokenText } from './output-text.js';
import type { Output } from './output.js';
import type { Writing } from './writing.js';

/** An output, and its index among the outputs of the view Write. */
interface OutputProps {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
}

/** An output during and after sampling: its tokens and its final form. */
export function OutputCard(props: OutputProps & { readonly shade: Shade }): JSX.Element {
  const { writing, output, place, shade } = props;
  const box = useRef<HTMLDivElement>(null);
  const end = useStayAtEnd(box, output);
  useMarkedToken(box, writing, place);
  const hasWords = !writing.model.joins;
  const choose = (event: Event) => {
    const index = indexOf(event.target);
    if (index !== undefined) writing.chosen.value = { output: place, index };
  };
  return (
    <article class="output" aria-label={`Output ${place + 1}`}>
      <OutputHead writing={writing} output={output} place={place} />
      <Artifact writing={writing} output={output} place={place} />
      <div
        ref={box}
        class={`output-text${hasWords ? ' output-words' : ''}`}
        data-shade={shade}
        role="group"
        aria-label={`Tokens of output ${place + 1}; arrow keys move between them`}
        tabIndex={0}
        onClick={(event) => {
          choose(event);
          writing.isPinned.value = indexOf(event.target) !== undefined;
        }}
        onMouseOver={(event) => {
          if (!writing.isPinned.value) choose(event);
        }}
        onKeyDown={(event) => moveByKey(event, writing, place)}
      >
        <PromptText writing={writing} />
        <TokenText text={output.text} hasWords={hasWords} />
        <div ref={end} />
      </div>
    </article>
  );
}

/** The text that an output continues, in a pale colour. */
function PromptText({ writing }: { readonly writing: Writing }): JSX.Element | null {
  const { continues, joins } = writing.model;
  if (!continues || !joins || writing.promptText.value === '') return null;
  return <span class="output-prompt">{writing.promptText}</span>;
}

function indexOf(target: EventTarget | null): number | undefined {
  const index = target instanceof HTMLElement ? target.dataset.index : undefined;
  return index === undefined ? undefined : Number(index);
}

function moveByKey(event: KeyboardEvent, writing: Writing, output: number): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const length = writing.outputs.value[output]?.text.length.value ?? 0;
  if (step === undefined || length === 0) return;
  event.preventDefault();
  const chosen = writing.chosen.value;
  const before = chosen?.output === output ? chosen.index : step > 0 ? -1 : length;
  writing.isPinned.value = true;
  writing.chosen.value = {
    output,
    index: Math.min(Math.max(before + step, 0), length - 1),
  };
}

/** Marks the chosen token without redrawing the tokens. */
function useMarkedToken(
  box: { readonly current: HTMLDivElement | null },
  writing: Writing,
  place: number,
): void {
  useSignalEffect(() => {
    const chosen = writing.chosen.value;
    box.current?.querySelector('.token-chosen')?.classList.remove('token-chosen');
    if (chosen?.output !== place) return;
    const span = box.current?.querySelector(`[data-index="${chosen.index}"]`);
    span?.classList.add('token-chosen');
    // In a small window, the card of a pinned token is a sheet, whose room is drawn first.
    if (writing.isPinned.value) {
      requestAnimationFrame(() => span?.scrollIntoView({ block: 'nearest' }));
    }
  });
}

/** Text for each reason why an output ended. */
const REASONS: Readonly<Record<string, string>> = {
  stop: 'ended by the model',
  length: 'limit reached',
};

/**
 * The number of an output, its length and the reason of its end, and a button that continues it.
 */
function OutputHead({ writing, output, place }: OutputProps): JSX.Element {
  const length = output.text.length.value;
  const reason = output.reason.value;
  const score = output.score.value;
  const kept = output.kept.value;
  const isChat = writing.conversation.isOn.value;
  const isLast = place === writing.outputs.value.length - 1;
  return (
    <header class="output-head">
      <h2>{titleOf(writing, place)}</h2>
      <p class="output-facts">
        {length} {length === 1 ? 'token' : 'tokens'}
        {score !== undefined && `, score ${formatValue(score)}`}
        {kept !== undefined && `, the last ${kept} in view`}
        {reason !== '' && `, ${REASONS[reason] ?? reason}`}
      </p>
      <div class="output-actions">
        {length > 0 && (
          <LinkButton
            label="Copy"
            onClick={() => void navigator.clipboard.writeText(textOf(writing, output))}
          />
        )}
        {!writing.isWriting.value && length > 0 && (
          <a class="link-button" href={insideOf(writing, output, place)}>
            Look inside
          </a>
        )}
        {isChat && isLast && !writing.isWriting.value && (
          <LinkButton label="Regenerate" onClick={() => void writing.regenerate()} />
        )}
        {(!isChat || isLast) && !writing.isWriting.value && length > 0 && (
          <LinkButton label="Continue" onClick={() => void writing.continueOutput(place)} />
        )}
      </div>
    </header>
  );
}

function titleOf({ conversation, outputs }: Writing, place: number): string {
  if (conversation.isOn.value) return 'Answer';
  return outputs.value.length > 1 ? `Output ${place + 1}` : 'Output';
}

/** Maximum number of tokens in a link to the view "Look inside", so that its pictures are readable. */
const MAX_INSIDE = 128;

/** Returns a link to the view "Look inside" for the prompt and the end of an output. */
function insideOf(writing: Writing, output: Output, place: number): string {
  const { model, given } = writing;
  const { tokens = [], prefixLength } = writing.promptOf(place) ?? {};
  const all = [...tokens, ...output.ids];
  const params = {
    model: model.id,
    prompt: given.value.text,
    tokens: all.slice(-MAX_INSIDE).join(' '),
    prefix: prefixLength === undefined || all.length > MAX_INSIDE ? '' : String(prefixLength),
  };
  return formatPlace({ view: 'look', params });
}

/** Returns the text of an output; for a file, the names of its tokens. */
function textOf({ model }: Writing, { text, artifact }: Output): string {
  const shown = artifact.value;
  if (shown?.kind === 'text') return shown.text;
  return model.joins ? text.string : text.tokens.map(({ word }) => word).join('\n');
}

/**
 * Scrolls with new tokens as long as the end is visible, so that a reader elsewhere is not interrupted.
 *
 * @param box - The element that scrolls.
 * @returns a ref for an empty element at the end, whose visibility is observed. Measuring a long text for each token
 *   would force a layout each time.
 */
function useStayAtEnd(
  box: RefObject<HTMLDivElement | null>,
  output: Output,
): RefObject<HTMLDivElement | null> {
  const end = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (seen) => (isAtEnd.current = seen.at(-1)?.isIntersecting ?? true),
      { root: box.current, rootMargin: '0px 0px 64px 0px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  useSignalEffect(() => {
    if (output.text.length.value === 0 || !isAtEnd.current) return;
    requestAnimationFrame(() => {
      if (box.current) box.current.scrollTop = box.current.scrollHeight;
    });
  });
  return end;
}

const AnswerText = lazyView('the answer', async () => ({
  default: (await import('../answer/answer-text.js')).AnswerText,
}));
const Piece = lazyView('the player', () => import('../music/piece.js'), 'music.css');

/** The final form of an output: a playable piece, a file to save, or the text of an answer. */
function Artifact({ writing, output, place }: OutputProps): JSX.Element | null {
  const artifact = output.artifact.value;
  if (!artifact) return null;
  if (artifact.kind === 'text') {
    return <AnswerText writing={writing} output={output} place={place} text={artifact.text} />;
  }
  if (artifact.extension === 'mid') {
    return (
      <Piece
        base64={artifact.base64}
        name={`${writing.model.id}-${place + 1}.mid`}
        primer={writing.primer.value}
      />
    );
  }
  return (
    <a
      class="button"
      download={`${writing.model.id}-${place + 1}.${artifact.extension}`}
      href={`data:application/octet-stream;base64,${artifact.base64}`}
    >
      Download .{artifact.extension}
    </a>
  );
}
