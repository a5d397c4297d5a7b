import type { PageToken, Rows } from '@ramble/explorer';
import type { ShadeOptions } from '@ramble/explorer/pictures';
import type { JSX } from 'preact';

import type { ShownHead } from './heads.js';
import { Picture } from './picture.js';
import type { TokenPick } from './token-pick.js';

const WORD_WIDTH = 180;
const MAX_DEPTH = 420;
/** Minimum attention weight for which an arc is drawn. */
const MIN_WEIGHT = 0.02;
const MAX_TOKENS = 200;

/** The attention of one or several heads, or means of heads. */
export interface AttentionProps {
  readonly tokens: readonly PageToken[];
  /** The chosen head first, then the heads that are drawn with it. */
  readonly heads: readonly ShownHead[];
  readonly pick: TokenPick;
  /** Number of tokens in a group with one key, for compressed attention. */
  readonly groupLength: number | undefined;
  readonly shades: ShadeOptions;
}

/** Tokens from top to bottom, with arcs from each token, or the picked one, to the tokens that it attends to. */
export function AttentionArcs(props: AttentionProps): JSX.Element | null {
  const { tokens, heads, pick, groupLength, shades } = props;
  const shown = tokens.slice(0, MAX_TOKENS);
  const row = pick.row.value;
  const depth = Math.min(MAX_DEPTH, 30 + 14 * shown.length);
  const height = Math.min(28, Math.max(20, 640 / shown.length));
  return (
    <Picture
      name="attention-arcs"
      caption={captionOf(props)}
      width={depth + WORD_WIDTH}
      height={height * shown.length + 8}
      label={`Arcs between ${shown.length} tokens; arrow keys pick a token, Enter locks it`}
      onMouseLeave={() => pick.leave()}
    >
      {heads.map((head, place) =>
        shown.map((_, i) =>
          row === undefined || row === i ? (
            <Arcs
              key={`${place} ${i}`}
              from={i}
              seen={seenBy(i, head.weights[i] ?? [], groupLength).filter(
                ({ end }) => !shades.hidesFirst || end > 1,
              )}
              colour={head.colour}
              bend={(heads.length - place) / heads.length}
              isAlone={row === i}
              depth={depth}
              height={height}
            />
          ) : null,
        ),
      )}
      {groupLength !== undefined && (
        <path class="arc-groups" d={brackets(shown.length, groupLength, depth, height)} />
      )}
      <Words {...props} tokens={shown} x={depth} height={height} />
    </Picture>
  );
}

/** The words of the tokens, on a background whose opacity grows with the attention of the picked token to them. */
function Words(
  props: AttentionProps & { readonly x: number; readonly height: number },
): JSX.Element {
  const { tokens, heads, pick, shades, x, height } = props;
  const row = pick.row.value;
  const weights = heads.length === 1 ? heads[0]?.weights : undefined;
  return (
    <>
      {tokens.map(({ word }, i) => (
        <g
          key={i}
          class="arc-token"
          onMouseEnter={() => pick.point(i)}
          onClick={() => pick.toggle(i)}
        >
          <rect
            x={x}
            y={height * i}
            width={WORD_WIDTH}
            height={height}
            rx="4"
            class={i === row ? 'arc-chosen' : 'arc-ground'}
            fill-opacity={i === row ? 1 : groundOf(weights, row, i, shades)}
          />
          <text
            x={x + 8}
            y={height * (i + 0.5) + 4}
            class={i === row ? 'arc-chosen-text' : undefined}
          >
            {word}
          </text>
        </g>
      ))}
    </>
  );
}

function captionOf({ tokens, heads, pick }: AttentionProps): string {
  const row = pick.row.value;
  if (row === undefined)
    return 'Attention of each token to others. Point at one; click to lock it.';
  const word = tokens[row]?.word ?? '';
  const from =
    heads.length > 1 ? `${word} attends to in ${heads.length} heads` : `${word} attends to`;
  return `The tokens that ${from}. ${pick.isLocked.value ? 'Locked; Escape releases it.' : ''}`;
}

function Arcs(props: {
  readonly from: number;
  readonly seen: readonly Seen[];
  /** Colour in the syntax of CSS; if undefined, the style sheet defines it. */
  readonly colour: string | undefined;
  /** Fraction of the full bend, so that arcs of different heads to one token do not overlap. */
  readonly bend: number;
  readonly isAlone: boolean;
  /** Width of the space for arcs. */
  readonly depth: number;
  /** Height of a token. */
  readonly height: number;
}): JSX.Element {
  const { from, seen, colour, bend: share, isAlone, depth, height } = props;
  const middle = (i: number) => height * (i + 0.5);
  return (
    <g class="arcs" style={colour === undefined ? undefined : { '--arc': colour }}>
      {seen.map(({ start: first, end: last, weight }, place) => {
        const to = (first + last - 1) / 2;
        if (weight < MIN_WEIGHT || to === from) return null;
        const bend = share * Math.min(depth - 6, 16 + 14 * Math.abs(from - to));
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

/**
 * Returns the opacity of a token's background, by the attention of the picked token; 0 if several heads are drawn.
 */
function groundOf(
  weights: Rows | undefined,
  row: number | undefined,
  to: number,
  { hidesFirst }: ShadeOptions,
): number {
  if (row === undefined || (hidesFirst && to === 0)) return 0;
  return 0.7 * Math.sqrt(weights?.[row]?.[to] ?? 0);
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
 * @param weights - Attention weights, one per token. The weight of a group is divided evenly among its tokens; the
 *   first token's own weight is added to its part.
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
