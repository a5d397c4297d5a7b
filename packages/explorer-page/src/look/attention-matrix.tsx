import type { PageToken, Rows } from '@ramble/explorer';
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import { Picture } from './picture.js';
import { paintRows } from './paint-rows.js';

const LABEL = 92;
const SIDE = 460;
/** More labels than that cannot be read. */
const MOST_LABELS = 64;

/** A row a token, a column a token that it attends to. */
export function AttentionMatrix(props: {
  readonly tokens: readonly PageToken[];
  readonly weights: Rows;
  /** The row that is pointed at. */
  readonly row: Signal<number | undefined>;
}): JSX.Element {
  const { tokens, weights, row } = props;
  const column = useSignal(0);
  const url = useMemo(() => paintRows(weights), [weights]);
  const size = tokens.length;
  const cell = Math.min(28, Math.max(3, SIDE / size));
  const side = cell * size;
  const hasLabels = size <= MOST_LABELS;
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
      caption={captionOf(tokens, weights, row.value, column.value)}
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

function captionOf(
  tokens: readonly PageToken[],
  weights: Rows,
  row: number | undefined,
  column: number,
): string {
  if (row === undefined) return 'A row a token, a column what it attends to.';
  const weight = weights[row]?.[column];
  const [from, to] = [tokens[row]?.word, tokens[column]?.word];
  return weight === null || weight === undefined
    ? `${from} may not attend to ${to}`
    : `${from} attends to ${to} with ${formatProbability(weight)}`;
}

function shorten(word: string): string {
  return word.length > 12 ? `${word.slice(0, 11)}…` : word;
}
