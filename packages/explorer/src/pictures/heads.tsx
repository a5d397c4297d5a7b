import type { HeadWeights } from '@ramble/core/study';
import type { JSX } from 'preact';

import type { StudiedHeads } from './contents.js';
import { opacityOf, shaded, ScoreTable, scoreShare } from './tables.js';

/** Maximum number of weights in the pictures of all heads: a page of about ten megabytes. */
const DRAWN = 2 ** 21;
/** Maximum number of words in the sentences of all heads; `CELLS` is the maximum number of cells in their tables. */
const WORDS = 2 ** 16;
const CELLS = 2 ** 17;
const TABLES = 3;
/** Maximum shade of a score, paler than for a weight of 1, because scores are not fractions. */
const STRONGEST = 0.4;
/** Minimum and maximum number of tokens side by side. */
const [FEWEST, MOST] = [8, 16];

/**
 * CSS of the pictures of heads. The chosen picture has an outline, which is double while it has the focus. Only
 * elements with the class of the chosen head or its layer are shown; a browser without `:has` shows all.
 */
export function headStyle({ attention }: Pick<StudiedHeads, 'attention'>): string {
  const rules = attention.flatMap((heads, layer) =>
    heads.map((_, head) => {
      const chosen = `body:has(#h${layer}-${head}:checked)`;
      return `${chosen} :is(.l${layer}, .l${layer}h${head}) { display: block; }`;
    }),
  );
  return `
.maps { display: flex; flex-wrap: wrap; gap: .35rem; align-items: center; margin-bottom: .35rem; }
.maps b { width: 4.5rem; font-size: .85rem; }
.maps label { width: 3.6rem; height: 3.6rem; border: 1px solid var(--line); cursor: pointer; position: relative; }
.maps label:has(:checked) { outline: 3px solid rgb(217 72 15); }
.maps label:has(:focus-visible) { outline-style: double; outline-width: 6px; }
.maps input { position: absolute; opacity: 0; inset: 0; margin: 0; width: 100%; height: 100%; cursor: pointer; }
.maps svg { display: block; width: 100%; height: 100%; shape-rendering: crispEdges; fill: rgb(66 105 208 / 80%); }
@media (max-width: 480px) { .maps b { width: 100%; } }
@supports selector(:has(*)) {
.ofHead { display: none; }
${rules.join('\n')}
}
`;
}

/**
 * Shows every head as a small picture of all tokens' attention. Choosing a head shows its panels (`HeadPanels`). The
 * choice uses radio buttons and CSS instead of a script.
 */
export function HeadChoice({ words, attention, chosen }: StudiedHeads): JSX.Element {
  const size = words.length;
  const first = Math.max(0, size - Math.floor(Math.sqrt(DRAWN / headCount(attention))));
  const note = first > 0 ? ` The last ${size - first} of ${size} tokens.` : '';
  return (
    <>
      <h2>What every token attends to, head by head</h2>
      <p>
        A row for each token that attends, the first on top; a column for each that it attends to.
        {note} Choose a head for its sentence and its scores below.
      </p>
      {attention.map((heads, layer) => (
        <div class="maps">
          <b>layer {layer}</b>
          {heads.map((whole, head) => (
            <label>
              <input
                type="radio"
                name="head"
                id={`h${layer}-${head}`}
                checked={layer === chosen.layer && head === chosen.head}
                aria-label={`layer ${layer}, head ${head}`}
              />
              <HeadMap
                rows={whole.slice(first).map((row) => row.subarray(first))}
                title={`layer ${layer}, head ${head}`}
              />
            </label>
          ))}
        </div>
      ))}
    </>
  );
}

/** Draws the attention weights of one head as a small picture, with a row for each query. */
export function HeadMap(props: {
  readonly rows: HeadWeights;
  readonly title: string;
}): JSX.Element {
  const { rows, title } = props;
  const size = rows.length;
  const paths = new Map<number, string>();
  rows.forEach((row, y) => {
    for (let x = 0; x < size;) {
      const opacity = opacityOf(row[x]);
      let end = x + 1;
      while (end < size && opacityOf(row[end]) === opacity) end++;
      const run = `M${x} ${y}h${end - x}v1h-${end - x}z`;
      if (opacity > 0) paths.set(opacity, (paths.get(opacity) ?? '') + run);
      x = end;
    }
  });
  return (
    <svg viewBox={`0 0 ${size} ${size}`} role="img">
      <title>{title}</title>
      {Array.from(paths, ([opacity, path]) => (
        <path fill-opacity={opacity} d={path} />
      ))}
    </svg>
  );
}

/** The panels of every head; the page shows the panels of the chosen head. */
export function HeadPanels(heads: StudiedHeads): JSX.Element {
  return (
    <>
      {heads.attention.map((each, layer) => (
        <>
          <div class={`ofHead l${layer}`}>
            <LayerSentences {...heads} layer={layer} />
          </div>
          {each.map((_, head) => (
            <div class={`ofHead l${layer}h${head}`}>
              <HeadScores {...heads} layer={layer} head={head} />
            </div>
          ))}
        </>
      ))}
    </>
  );
}

/** Sentences shaded by the last token's attention, one for each head of a layer. */
function LayerSentences(props: StudiedHeads & { readonly layer: number }): JSX.Element {
  const { words, attention, layer } = props;
  const size = words.length;
  const most = Math.max(FEWEST, Math.floor(WORDS / headCount(attention)));
  const shown = words.slice(-most);
  const note = shown.length < size ? `, the last ${shown.length} of ${size} tokens` : '';
  return (
    <table>
      <caption>
        The heads of layer {layer}
        {note}
      </caption>
      {attention[layer].map((each, head) => (
        <SentenceRow title={`head ${head}`} words={shown} weights={each[size - 1].slice(-most)} />
      ))}
    </table>
  );
}

/** Draws a table row: a sentence whose words are shaded by their weights. */
export function SentenceRow(props: {
  readonly title: string;
  readonly words: readonly string[];
  readonly weights: ArrayLike<number>;
}): JSX.Element {
  const { title, words, weights } = props;
  return (
    <tr>
      <th>{title}</th>
      <td class="sentence">
        {words.map((word, i) => (
          <span {...shaded(weights[i])} title={`${(100 * weights[i]).toFixed(1)} %`}>
            {word}
          </span>
        ))}
      </td>
    </tr>
  );
}

/** Three tables for the last tokens: attention scores, scores after the mask, and attention weights. */
function HeadScores(
  props: StudiedHeads & { readonly layer: number; readonly head: number },
): JSX.Element {
  const { words, attention, lastScores = [], formula, layer, head } = props;
  const most = Math.floor(Math.sqrt(CELLS / (TABLES * headCount(attention))));
  const count = Math.min(MOST, Math.max(FEWEST, most), words.length);
  const note = count < words.length ? ` Of the last ${count} of ${words.length} tokens.` : '';
  const { scores, masked, weights } = lastScores[layer][head];
  const values = scores.slice(-count).flatMap((row) => Array.from(row.slice(-count)));
  const height = scoreShare(values);
  const table = (
    label: string,
    rows: readonly Float32Array[],
    shareOf: (value: number) => number,
  ): JSX.Element => (
    <>
      <h3>{label}</h3>
      <ScoreTable
        label={label}
        words={words.slice(-count)}
        rows={rows.slice(-count).map((row) => row.slice(-count))}
        shareOf={shareOf}
      />
    </>
  );
  return (
    <>
      <h2>
        Scores of layer {layer}, head {head}
      </h2>
      <p>A row for each token that attends, a column for each that it may attend to.{note}</p>
      {table(`Scores: ${formula} / √(head size)`, scores, (score) => STRONGEST * height(score))}
      {table('Masked: none may look ahead', masked, (score) => STRONGEST * height(score))}
      {table('After the softmax: each row sums to 1', weights, (weight) => weight)}
    </>
  );
}

function headCount(attention: StudiedHeads['attention']): number {
  return attention.length * attention[0].length;
}
