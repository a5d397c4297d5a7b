import type { Signal } from '@preact/signals';
import type { PageToken, Rows } from '@ramble/explorer';
import type { JSX } from 'preact';

import { Picture } from './picture.js';

const WORD_WIDTH = 150;
const MAX_DEPTH = 260;
/** Minimum attention weight for which an arc is drawn. */
const MIN_WEIGHT = 0.02;
const MAX_TOKENS = 200;

/** The attention weights of a head, or of a mean of heads. */
export interface AttentionProps {
  readonly tokens: readonly PageToken[];
  readonly weights: Rows;
  /** Index of the chosen query token, if there is one. */
  readonly row: Signal<number | undefined>;
  /** Number of tokens in a group with one key, for compressed attention. */
  readonly groupLength: number | undefined;
}

/** Tokens from top to bottom, with arcs from each token, or the chosen one, to the tokens that it attends to. */
export function AttentionArcs(props: AttentionProps): JSX.Element | null {
  const { tokens, weights, row, groupLength } = props;
  const shown = tokens.slice(0, MAX_TOKENS);
  const chosen = row.value;
  const depth = Math.min(MAX_DEPTH, 30 + 14 * shown.length);
  const height = Math.min(28, Math.max(20, 460 / shown.length));
  return (
    <Picture
      name="attention-arcs"
      caption={
        chosen === undefined
          ? 'Attention of each token to others; point at one.'
          : `What ${tokens[chosen]?.word} attends to.`
      }
      width={depth + WORD_WIDTH}
      height={height * shown.length + 8}
      label={`Arcs between ${shown.length} tokens`}
      onMouseLeave={() => (row.value = undefined)}
    >
      {shown.map((_, i) =>
        chosen === undefined || chosen === i ? (
          <Arcs
            key={i}
            from={i}
            seen={seenBy(i, weights[i] ?? [], groupLength)}
            isAlone={chosen === i}
            depth={depth}
            height={height}
          />
        ) : null,
      )}
      {groupLength !== undefined && (
        <path class="arc-groups" d={brackets(shown.length, groupLength, depth, height)} />
      )}
      {shown.map(({ word }, i) => (
        <g key={i} class="arc-token" onMouseEnter={() => (row.value = i)}>
          <rect
            x={depth}
            y={height * i}
            width={WORD_WIDTH}
            height={height}
            rx="4"
            class={i === chosen ? 'arc-chosen' : 'arc-ground'}
            fill-opacity={i === chosen ? 1 : chosenWeight(weights, chosen, i)}
          />
          <text
            x={depth + 8}
            y={height * (i + 0.5) + 4}
            class={i === chosen ? 'arc-chosen-text' : undefined}
          >
            {word}
          </text>
        </g>
      ))}
    </Picture>
  );
}

function Arcs(props: {
  readonly from: number;
  readonly seen: readonly Seen[];
  readonly isAlone: boolean;
  /** Width of the space for arcs. */
  readonly depth: number;
  /** Height of a token. */
  readonly height: number;
}): JSX.Element {
  const { from, seen, isAlone, depth, height } = props;
  const middle = (i: number) => height * (i + 0.5);
  return (
    <g class="arcs">
      {seen.map(({ start: first, end: last, weight }, place) => {
        const to = (first + last - 1) / 2;
        if (weight < MIN_WEIGHT || to === from) return null;
        const bend = Math.min(depth - 6, 16 + 14 * Math.abs(from - to));
        const [start, end] = [`${depth} ${middle(from)}`, `${depth} ${middle(to)}`];
        const [rise, fall] = [`${depth - bend} ${middle(from)}`, `${depth - bend} ${middle(to)}`];
        return (
          <path
            key={place}
            d={`M${start} C${rise} ${fall} ${end}`}
            stroke-width={0.6 + 5 * weight}
            stroke-opacity={isAlone ? 0.25 + 0.75 * weight : 0.08 + 0.6 * weight}
          />
        );
      })}
    </g>
  );
}

/** Draws a bracket around each group of tokens with one key. */
function brackets(count: number, groupLength: number, x: number, height: number): string {
  const groups = Array.from({ length: Math.floor(count / groupLength) }, (_, group) => group);
  return groups
    .map((group) => {
      const [top, bottom] = [group, group + 1].map((place) => place * groupLength * height);
      return `M${x} ${(top ?? 0) + 3} H${x - 5} V${(bottom ?? 0) - 3} H${x}`;
    })
    .join(' ');
}

function chosenWeight(weights: Rows, chosen: number | undefined, to: number): number {
  return chosen === undefined ? 0 : 0.7 * Math.sqrt(weights[chosen]?.[to] ?? 0);
}

/** A token that a token attends to, or a group of tokens with one key. */
interface Seen {
  /** Index of the first token. */
  readonly start: number;
  /** Index after the last token. */
  readonly end: number;
  readonly weight: number;
}

/**
 * Returns the number of tokens in groups that are complete before a position; the token at the position attends to
 * these groups instead of their tokens.
 */
export function groupedBefore(position: number, groupLength: number): number {
  return Math.floor(position / groupLength) * groupLength;
}

/**
 * Returns the tokens and groups that a token attends to.
 *
 * @param weights - One per token. The weight of a group is divided evenly among its tokens; the first token's own
 *   weight is added to its part.
 * @param groupLength - Number of tokens in a group with one key, for compressed attention.
 */
export function seenBy(
  position: number,
  weights: readonly (number | null)[],
  groupLength?: number,
): Seen[] {
  if (groupLength === undefined) {
    return weights.map((weight, start) => ({ start, end: start + 1, weight: weight ?? 0 }));
  }
  const count = groupedBefore(position, groupLength) / groupLength;
  const groups = Array.from({ length: count }, (_, group): Seen => {
    const [start, end] = [group * groupLength, (group + 1) * groupLength];
    return { start, end, weight: groupLength * (weights[end - 1] ?? 0) };
  });
  const shared = (groups[0]?.weight ?? 0) / groupLength;
  return [{ start: 0, end: 1, weight: (weights[0] ?? 0) - shared }, ...groups];
}
