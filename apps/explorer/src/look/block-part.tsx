import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { formatBytes, formatCount } from '../state/format.js';
import { useSession } from '../state/session.js';
import { BlockSteps, Chapter, EndSteps } from './block-steps.js';
import type { Subject } from './cache-part.js';
import { headIn } from './heads.js';
import { Picture } from './picture.js';

/** The stack of blocks, one open, with the vectors of one token; loaded when it is first shown. */
export default function BlockPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const session = useSession();
  const { params } = session.place.value;
  const last = subject.study.tokens.length - 1;
  const position = Math.max(0, Math.min(Math.trunc(Number(params.position ?? last)) || 0, last));
  const { layer } = headIn(params, subject);
  const { at = 'block' } = params;
  return (
    <section class="panel">
      <h2>Block</h2>
      <p class="hint">
        The path of one token through the model. Each cell is a number: blue is positive, orange is
        negative, and strong colours are large.
      </p>
      <TokenSteps subject={subject} layer={layer} position={position} />
      <div class="block-columns">
        <Stack subject={subject} layer={layer} at={at} />
        <div class="block-open">
          <h3>
            {at === 'block' ? `Block ${layer + 1}` : at === 'output' ? 'Output' : 'Embedding'}
          </h3>
          {at === 'block' ? (
            <BlockSteps subject={subject} layer={layer} position={position} />
          ) : (
            <EndSteps subject={subject} position={position} at={at} />
          )}
        </div>
      </div>
      <Tower subject={subject} />
    </section>
  );
}

/** The blocks of the model from its input to its output, as buttons. */
function Stack(props: {
  readonly subject: Subject;
  readonly layer: number;
  readonly at: string;
}): JSX.Element {
  const { subject, layer, at } = props;
  const session = useSession();
  const entry = (title: string, isOpen: boolean, params: Readonly<Record<string, string>>) => (
    <button
      key={title}
      type="button"
      class="stack-entry"
      aria-pressed={isOpen}
      onClick={() => session.remember(params)}
    >
      {title}
    </button>
  );
  return (
    <div class="stack" role="group" aria-label="Stack of blocks">
      {entry('Embedding', at === 'embedding', { at: 'embedding' })}
      {subject.study.layers.map((_, i) =>
        entry(`Block ${i + 1}`, at === 'block' && i === layer, { at: '', layer: String(i) }),
      )}
      {entry('Output', at === 'output', { at: 'output' })}
    </div>
  );
}

const STEP_MS = 1200;

/** The tokens of the prompt, and buttons that read them one at a time. */
function TokenSteps(props: {
  readonly subject: Subject;
  readonly layer: number;
  readonly position: number;
}): JSX.Element {
  const { subject, layer, position } = props;
  const session = useSession();
  const { tokens } = subject.study;
  const chosen = useRef<HTMLButtonElement>(null);
  const choose = (next: number) => session.remember({ position: String(next) });
  useEffect(() => {
    const box = chosen.current?.parentElement;
    if (!chosen.current || !box) return;
    box.scrollTop = chosen.current.offsetTop - box.offsetTop - box.clientHeight / 2;
  }, [position]);
  return (
    <div class="token-steps">
      <StepButtons position={position} last={tokens.length - 1} choose={choose} />
      <div class="step-tokens" role="group" aria-label="Token" tabIndex={0}>
        {tokens.map(({ word }, i) => (
          <button
            key={i}
            type="button"
            ref={i === position ? chosen : undefined}
            class={`step-token ${i < position ? 'is-cached' : i > position ? 'is-later' : ''}`}
            aria-pressed={i === position}
            dir="auto"
            onClick={() => choose(i)}
          >
            {word}
          </button>
        ))}
      </div>
      <p class="hint" role="status">
        {stepText(subject, layer, position)}
      </p>
    </div>
  );
}

/** Buttons that choose the next or the previous token, or play all of them. */
function StepButtons(props: {
  readonly position: number;
  readonly last: number;
  readonly choose: (position: number) => void;
}): JSX.Element {
  const { position, last, choose } = props;
  const [isPlaying, setPlaying] = useState(false);
  const isLast = position === last;
  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => (isLast ? setPlaying(false) : choose(position + 1)), STEP_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, position]);
  const play = () => {
    if (!isPlaying && isLast) choose(0);
    setPlaying(!isPlaying);
  };
  return (
    <div class="step-buttons">
      <button type="button" class="button" onClick={play}>
        {isPlaying ? 'Pause' : 'One token at a time'}
      </button>
      <button
        type="button"
        class="button"
        disabled={position === 0}
        onClick={() => choose(position - 1)}
      >
        Back
      </button>
      <button type="button" class="button" disabled={isLast} onClick={() => choose(position + 1)}>
        Step
      </button>
      <Chapter name="GPT-2's self-attention, a token at a time" />
    </div>
  );
}

/** Describes what the model reads from the cache, and what it computes, as it reads a token. */
function stepText({ study, prompt }: Subject, layer: number, position: number): string {
  const { tokens, cache, layers } = study;
  const { prefixLength = 0 } = prompt;
  const hasPrefix = layers.some(({ kind }) => kind === 'prefix');
  if (hasPrefix && position < prefixLength) {
    return `The first ${prefixLength} tokens are a prefix, which the model reads as a whole.`;
  }
  const bytesAt = (count: number) => cache.find((size) => size.tokens === count)?.bytes ?? 0;
  const [before, after] = [bytesAt(position), bytesAt(position + 1)];
  const window = layers[layer]?.windowLength;
  const read =
    position === 0
      ? 'The cache is empty.'
      : `From the cache, it reads keys and values of ${position} earlier ${
          position === 1 ? 'token' : 'tokens'
        }, ${formatBytes(before)}${
          window !== undefined && position >= window
            ? `; in this block, the last ${window - 1} of them`
            : ''
        }.`;
  const added = after > before ? `, and ${formatBytes(after - before)} for the cache` : '';
  return (
    `Step ${position + 1} of ${tokens.length}: the model reads ${tokens[position]?.word}. ${read} ` +
    `It computes this token's vectors in ${layers.length} blocks${added}.`
  );
}

/** The four sizes of GPT-2: their blocks, widths and parameters. */
const GPT2 = [
  ['GPT-2 small', 12, 768, 124_439_808],
  ['GPT-2 medium', 24, 1024, 354_823_168],
  ['GPT-2 large', 36, 1280, 774_030_080],
  ['GPT-2 XL', 48, 1600, 1_557_611_200],
] as const;

/** The model as a tower next to the four sizes of GPT-2: a bar for each block, as wide as its vectors. */
function Tower({ subject: { model } }: { readonly subject: Subject }): JSX.Element {
  const { nLayer, nEmbd } = model.config;
  const towers = [['This model', nLayer, nEmbd, model.parameters] as const, ...GPT2];
  const [most, widest] = [1, 2].map((i) => Math.max(...towers.map((each) => Number(each[i]))));
  const [column, height] = [150, 250];
  return (
    <>
      <h3>The model next to GPT-2</h3>
      <Chapter name="What is a language model" />
      <Picture
        name="towers"
        caption="A bar for each block, as wide as the vectors of the model."
        width={towers.length * column}
        height={height + 62}
        label={`${nLayer} blocks of width ${nEmbd}, next to the four sizes of GPT-2`}
      >
        {towers.map(([name, blocks, width, parameters], i) => {
          const pitch = height / (most ?? 1);
          const bar = Math.max(2, ((column - 24) * width) / (widest ?? 1));
          const middle = (i + 0.5) * column;
          return (
            <g key={name} class={i === 0 ? 'tower tower-own' : 'tower'} text-anchor="middle">
              {Array.from({ length: blocks }, (_, block) => (
                <rect
                  key={block}
                  x={middle - bar / 2}
                  y={height - (block + 1) * pitch}
                  width={bar}
                  height={Math.max(0.5, pitch - 1)}
                />
              ))}
              <text x={middle} y={height + 18}>
                {name}
              </text>
              <text x={middle} y={height + 35}>
                {blocks} × {width}
              </text>
              <text x={middle} y={height + 52}>
                {formatCount(parameters)}
              </text>
            </g>
          );
        })}
      </Picture>
    </>
  );
}
