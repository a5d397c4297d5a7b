import { useSignal } from '@preact/signals';
import type { PageToken } from '@ramble/explorer';
import { shadesOf } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';
import { useId, useMemo } from 'preact/hooks';

import { formatProbability } from '../state/format.js';
import { AttentionArcs, type AttentionProps, seenBy } from './attention-arcs.js';
import type { Subject } from './cache-part.js';
import { HeadChoice } from './head-choice.js';
import { nameOf, useHeads } from './heads.js';
import { paintShades } from './paint.js';
import { Picture } from './picture.js';
import { useTokenPick } from './token-pick.js';

/** The attention of a head as a matrix, and of one or several heads as arcs. */
export function AttentionPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const heads = useHeads(subject);
  const { tokens, layers } = subject.study;
  const pick = useTokenPick(tokens.length);
  const [head] = heads.shown;
  const groupLength = layers[heads.chosen.layer]?.groupLength;
  const shown = { tokens, pick, heads: heads.shown, groupLength, shades: heads.shades };
  return (
    <section class="panel" onKeyDown={pick.onKeyDown}>
      <h2>Attention</h2>
      <HeadChoice subject={subject} heads={heads} isForPictures />
      {head && (
        <div class="attention">
          <AttentionMatrix {...shown} />
          <AttentionArcs {...shown} />
        </div>
      )}
    </section>
  );
}

const LABEL = 92;
/** Width of the axis titles, if there are no labels. */
const TITLE = 22;
const SIDE = 640;
/** Maximum number of labels that are readable. */
const MAX_LABELS = 64;

/** The attention matrix: a row for each query token, a column for each key token. */
function AttentionMatrix(props: AttentionProps): JSX.Element {
  const { tokens, heads, pick, groupLength, shades } = props;
  const weights = heads[0]?.weights ?? [];
  const column = useSignal(0);
  const mask = useId();
  const url = useMemo(() => {
    const rows = weights.map((row) => shadesOf(row, shades));
    return paintShades(
      rows.flatMap((row) => Array.from(row, (shade) => 255 * shade)),
      weights.length,
    );
  }, [weights, shades.isByRow, shades.hidesFirst]);
  const size = tokens.length;
  const cell = Math.min(36, Math.max(3, SIDE / size));
  const side = cell * size;
  const hasLabels = size <= MAX_LABELS;
  const start = hasLabels ? LABEL : TITLE;
  const row = pick.row.value;
  const point = (y: number, x: number) => {
    pick.point(Math.min(Math.max(y, 0), size - 1));
    column.value = Math.min(Math.max(x, 0), size - 1);
  };
  const moveByKey = (event: KeyboardEvent) => {
    const right = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (right === undefined) return;
    event.preventDefault();
    point(row ?? 0, column.value + right);
  };
  const area = { x: start, y: start, width: side, height: side };
  return (
    <Picture
      name="attention-matrix"
      caption={captionOf(props, column.value)}
      width={start + side + 4}
      height={start + side + 4}
      label={`Attention of ${size} tokens to one another; arrow keys move, Enter locks a token`}
      onKeyDown={moveByKey}
      onMouseMove={(event) => {
        const { left, top, width } = event.currentTarget.getBoundingClientRect();
        const scale = (start + side + 4) / width;
        const at = (distance: number) => Math.floor((distance * scale - start) / cell);
        point(at(event.clientY - top), at(event.clientX - left));
      }}
      onClick={() => pick.row.value !== undefined && pick.toggle(pick.row.value)}
    >
      <mask id={mask}>
        <image class="matrix-image" href={url} {...area} preserveAspectRatio="none" />
      </mask>
      <rect class="matrix-ground" {...area} />
      <rect class="matrix-weights" {...area} mask={`url(#${mask})`} />
      {groupLength !== undefined && (
        <Groups size={size} groupLength={groupLength} cell={cell} start={start} />
      )}
      {hasLabels && <Labels tokens={tokens} cell={cell} start={start} chosen={row} />}
      <Axes start={start} />
      {row !== undefined && (
        <>
          <rect
            class={pick.isLocked.value ? 'matrix-row matrix-locked' : 'matrix-row'}
            x={start}
            y={start + row * cell}
            width={side}
            height={cell}
          />
          <rect
            class="matrix-cell"
            x={start + column.value * cell}
            y={start + row * cell}
            width={cell}
            height={cell}
          />
        </>
      )}
    </Picture>
  );
}

/** Titles of the axes, in the corner before the first row and column. */
function Axes({ start }: { readonly start: number }): JSX.Element {
  return (
    <g class="matrix-axes" font-size="11">
      <text x={start} y="11" text-anchor={start === LABEL ? 'end' : 'start'}>
        key →
      </text>
      <text
        transform={`translate(11 ${start}) rotate(-90)`}
        text-anchor={start === LABEL ? 'start' : 'end'}
      >
        ← query
      </text>
    </g>
  );
}

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
  const { tokens, heads, pick, groupLength } = props;
  const [head] = heads;
  const row = pick.row.value;
  if (row === undefined || !head) {
    return 'A row for each token, and a column for each token that it attends to. Click to lock a row.';
  }
  const ofHead = heads.length > 1 ? `, in ${nameOf(head.place)}` : '';
  const { weights } = head;
  const weight = weights[row]?.[column];
  const [from, to] = [tokens[row]?.word, tokens[column]?.word];
  if (weight === null || weight === undefined) return `${from} may not attend to ${to}`;
  if (groupLength === undefined)
    return `${from} attends to ${to} with ${formatProbability(weight)}${ofHead}`;
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
