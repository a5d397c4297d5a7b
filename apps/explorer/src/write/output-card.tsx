import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

import { Artifact } from './artifact.js';
import { OutputHead } from './output-head.js';
import type { Output } from './output.js';
import type { Shade } from './shade-of.js';
import { TokenText } from './token-text.js';
import { useStayAtEnd } from './use-stay-at-end.js';
import type { Writing } from './writing.js';

/** An output while it is written: its tokens, and what it is in the end. */
export function OutputCard(props: {
  readonly writing: Writing;
  readonly output: Output;
  readonly place: number;
  readonly shade: Shade;
}): JSX.Element {
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

/** What an output goes on from, pale. */
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

/** Marks the chosen token; tokens themselves are not drawn anew for it. */
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
    if (writing.isPinned.value) span?.scrollIntoView({ block: 'nearest' });
  });
}
