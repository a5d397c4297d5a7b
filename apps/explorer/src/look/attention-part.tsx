import { useSignal } from '@preact/signals';
import type { PageToken } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import { AttentionArcs, type AttentionProps, seenBy } from './attention-arcs.js';
import type { Subject } from './cache-part.js';
import { HeadChoice, useHead, paintRows } from './head-choice.js';
import { Picture } from './picture.js';

/** The attention of a head, as a matrix and as arcs. */
export function AttentionPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { place, weights } = useHead(subject);
  const { tokens, layers } = subject.study;
  const row = useSignal<number | undefined>(undefined);
  const attention = { tokens, row, groupLength: layers[place.layer]?.groupLength };
  return (
    <section class="panel">
      <h2>Attention</h2>
      <HeadChoice subject={subject} place={place} hasMean />
      {weights && (
        <div class="attention">
          <AttentionMatrix {...attention} weights={weights} />
          <AttentionArcs {...attention} weights={weights} />
        </div>
      )}
    </section>
  );
}

const LABEL = 92;
const SIDE = 460;
/** Maximum number of labels that are readable. */
const MAX_LABELS = 64;

/** The attention matrix: a row for each query token, a column for each key token. */
function AttentionMatrix(props: AttentionProps): JSX.Element {
  const { tokens, weights, row, groupLength } = props;
  const column = useSignal(0);
  const url = useMemo(() => paintRows(weights), [weights]);
  const size = tokens.length;
  const cell = Math.min(28, Math.max(3, SIDE / size));
  const side = cell * size;
  const hasLabels = size <= MAX_LABELS;
  const start = hasLabels ? LABEL : 4;
  const point = (y: number, x: number) => {
    row.value = Math.min(Math.max(y, 0), size - 1);
    column.value = Math.min(Math.max(x, 0), size - 1);
  };
  const moveByKey = (event: KeyboardEvent) => {
    const [down, right] = KEYS[event.key] ?? [0, 0];
    if (down === 0 && right === 0) return;
    event.preventDefault();
    point((row.value ?? 0) + down, column.value + right);
  };
  return (
    <Picture
      name="attention-matrix"
      caption={captionOf(props, column.value)}
      width={start + side + 4}
      height={start + side + 4}
      label={`Attention of ${size} tokens to one another; arrow keys move`}
      onKeyDown={moveByKey}
      onMouseMove={(event) => {
        const { left, top, width } = event.currentTarget.getBoundingClientRect();
        const scale = (start + side + 4) / width;
        const at = (distance: number) => Math.floor((distance * scale - start) / cell);
        point(at(event.clientY - top), at(event.clientX - left));
      }}
    >
      <rect class="matrix-ground" x={start} y={start} width={side} height={side} />
      <image
        class="matrix-image"
        href={url}
        x={start}
        y={start}
        width={side}
        height={side}
        preserveAspectRatio="none"
      />
      {groupLength !== undefined && (
        <Groups size={size} groupLength={groupLength} cell={cell} start={start} />
      )}
      {hasLabels && <Labels tokens={tokens} cell={cell} start={start} chosen={row.value} />}
      {row.value !== undefined && (
        <>
          <rect
            class="matrix-row"
            x={start}
            y={start + row.value * cell}
            width={side}
            height={cell}
          />
          <rect
            class="matrix-cell"
            x={start + column.value * cell}
            y={start + row.value * cell}
            width={cell}
            height={cell}
          />
        </>
      )}
    </Picture>
  );
}

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Outlines each group of keys in the matrix: its columns, from the row after its last token. */
function Groups(props: {
  readonly size: number;
  readonly groupLength: number;
  readonly cell: number;
  readonly start: number;
}): JSX.Element {
  const { size, groupLength, cell, start } = props;
  const ends = Array.from(
    { length: Math.floor((size - 1) / groupLength) },
    (_, group) => (group + 1) * groupLength,
  );
  return (
    <g class="matrix-groups">
      {ends.map((end) => (
        <rect
          key={end}
          x={start + (end - groupLength) * cell}
          y={start + end * cell}
          width={groupLength * cell}
          height={(size - end) * cell}
        />
      ))}
    </g>
  );
}

function Labels(props: {
  readonly tokens: readonly PageToken[];
  readonly cell: number;
  readonly start: number;
  readonly chosen: number | undefined;
}): JSX.Element {
  const { tokens, cell, start, chosen } = props;
  const middle = (i: number) => start + (i + 0.5) * cell;
  const size = Math.min(12, cell + 1);
  return (
    <g class="matrix-labels" font-size={size}>
      {tokens.map(({ word }, i) => (
        <g key={i} class={i === chosen ? 'label-chosen' : undefined}>
          <text x={start - 6} y={middle(i)} text-anchor="end" dominant-baseline="central">
            {shorten(word)}
          </text>
          <text
            transform={`translate(${middle(i)} ${start - 6}) rotate(-90)`}
            dominant-baseline="central"
          >
            {shorten(word)}
          </text>
        </g>
      ))}
    </g>
  );
}

function captionOf(props: AttentionProps, column: number): string {
  const { tokens, weights, groupLength } = props;
  const row = props.row.value;
  if (row === undefined) return 'A row a token, a column what it attends to.';
  const weight = weights[row]?.[column];
  const [from, to] = [tokens[row]?.word, tokens[column]?.word];
  if (weight === null || weight === undefined) return `${from} may not attend to ${to}`;
  if (groupLength === undefined)
    return `${from} attends to ${to} with ${formatProbability(weight)}`;
  const [first, ...groups] = seenBy(row, weights[row] ?? [], groupLength);
  const alone = `${from} attends to ${to} by itself with ${formatProbability(first?.weight ?? 0)}`;
  const group = groups.find(({ start, end }) => start <= column && column < end);
  if (!group)
    return column === 0 ? alone : `${from} may not attend to ${to}, whose group has not ended`;
  const words = tokens.slice(group.start, group.end).map(({ word }) => word);
  const together = `${words.join(' ')} as one with ${formatProbability(group.weight)}`;
  return column === 0 ? `${alone}, to ${together}` : `${from} attends to ${together}`;
}

function shorten(word: string): string {
  return word.length > 12 ? `${word.slice(0, 11)}…` : word;
}
