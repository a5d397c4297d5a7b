import type { ComponentChild, ComponentChildren, JSX } from 'preact';

/**
 * CSS of shaded elements (`shaded`). They are at most 80 % opaque, so that text on them is readable. Faint text on
 * them has the normal text colour.
 */
export const SHADE_STYLE = `
.shaded { background: rgb(66 105 208 / calc(80% * var(--weight))); }
.shaded small { color: inherit; }
`;

/** Number of shades, so that nearly equal values have equal shades. */
const LEVELS = 20;

/**
 * Returns the opacity, in steps of 1/20, for a fraction from 0 to 1. The square root keeps small fractions
 * visible.
 */
export function opacityOf(share: number): number {
  return Math.round(LEVELS * Math.sqrt(share)) / LEVELS;
}

/**
 * Returns the attributes of an element that shows a fraction from 0 to 1 by its shade; none if it is almost
 * 0.
 */
export function shaded(share: number): { class?: string; style?: string } {
  const weight = opacityOf(share);
  return weight > 0 ? { class: 'shaded', style: `--weight:${weight}` } : {};
}

/** Returns a number with so many decimals. A negative number that rounds to zero has no sign. */
export function formatFixed(value: number, decimals: number): string {
  return value.toFixed(decimals).replace(/^-(?=0\.0*$)/u, '');
}

/** Heading of a column, or empty; headings of number columns are right-aligned. */
type ColumnHead = ComponentChild | { readonly number: string; readonly title?: string };

/** A table with a heading for each column; a wide one scrolls. */
export function Table(props: {
  readonly label: string;
  /** Classes in addition to `table`. */
  readonly kind?: string;
  readonly heads: readonly ColumnHead[];
  /** Rows. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const { label, kind = '', heads, children } = props;
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label={label}>
      <table class={`table ${kind}`}>
        <thead>
          <tr>
            {heads.map((head, i) =>
              head === '' ? (
                <td key={i} />
              ) : head && typeof head === 'object' && 'number' in head ? (
                <th key={i} scope="col" class="number" title={head.title}>
                  {head.number}
                </th>
              ) : (
                <th key={i} scope="col">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A token as text, with its id. */
interface ShownToken {
  readonly id: number;
  readonly word: string;
}

/** Tokens, each with its id. */
export function TokenChips(props: {
  readonly tokens: readonly ShownToken[];
  /** Number of the first token; 1 by default. */
  readonly start?: number;
}): JSX.Element {
  const { tokens, start = 1 } = props;
  return (
    <ol class="chips" start={start}>
      {tokens.map(({ id, word }, i) => (
        <li key={i} class="chip">
          <span class="chip-word" dir="auto">
            {word}
          </span>
          <span class="chip-id">{id}</span>
        </li>
      ))}
    </ol>
  );
}

/** Predictions of the logit lens after some blocks. */
interface LensRow {
  readonly title: string;
  /** Most probable tokens in descending order. */
  readonly tokens: readonly { readonly word: string; readonly probability: number }[];
}

/** The logit lens as a table: a row for each block, shaded by probability. */
export function LensTable(props: {
  readonly rows: readonly LensRow[];
  readonly format: (probability: number) => string;
}): JSX.Element {
  const { rows, format } = props;
  const columns = Math.max(...rows.map(({ tokens }) => tokens.length));
  const ranks = Array.from({ length: columns }, (_, i) => (i === 0 ? 'likeliest' : `${i + 1}.`));
  return (
    <Table label="Logit lens" kind="lens" heads={['After', ...ranks]}>
      {rows.map(({ title, tokens }) => (
        <tr key={title}>
          <th scope="row">{title}</th>
          {tokens.map(({ word, probability }, i) => (
            <td key={i} {...shaded(probability)}>
              <span class="lens-word" dir="auto">
                {word}
              </span>
              <small>{format(probability)}</small>
            </td>
          ))}
        </tr>
      ))}
    </Table>
  );
}

/** A table of numbers: a row for each query token, a column for each key token. */
export function ScoreTable(props: {
  readonly label: string;
  readonly words: readonly string[];
  /** Rows of numbers; `null` and -Infinity are shown as masked. */
  readonly rows: readonly ArrayLike<number | null>[];
  /** Returns the fraction from 0 to 1 by which a number is shaded. */
  readonly shareOf: (value: number) => number;
}): JSX.Element {
  const { label, words, rows, shareOf } = props;
  return (
    <Table label={label} kind="scores" heads={['', ...words.map((word) => <bdi>{word}</bdi>)]}>
      {rows.map((row, i) => (
        <tr key={i}>
          <th scope="row" dir="auto">
            {words[i]}
          </th>
          {Array.from(row, (value, j) =>
            value === null || value === -Infinity ? (
              <td key={j} class="score-masked">
                −∞
              </td>
            ) : (
              <td key={j} {...shaded(shareOf(value))}>
                {formatFixed(value, 2)}
              </td>
            ),
          )}
        </tr>
      ))}
    </Table>
  );
}

/**
 * Returns a function from a score to its shade from 0 to 1: the square of its relative height between the lowest and
 * the highest score.
 */
export function scoreShare(scores: readonly number[]): (score: number) => number {
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  return (score) => ((score - low) / (high - low || 1)) ** 2;
}
