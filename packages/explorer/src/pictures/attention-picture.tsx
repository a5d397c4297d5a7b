import type { JSX } from 'preact';

import { CHART_COLOURS, round } from './chart.js';
import type { AlignmentContent, NoteAttention } from './contents.js';
import { NOTES_CLIENT } from './notes-client.gen.js';
import { NotesPicture } from './notes-picture.js';
import { Html } from './page.js';

/** Width and height of a grid cell in pixels. */
const CELL = 24;
const LETTER = 7.5;
const HEADING = 34;
const MARGIN = 16;

/**
 * Draws grids of attention in one SVG picture: a row for each output word, a column for each source word, darker for a
 * larger weight.
 *
 * @see Bahdanau et al. 2015, figure 3, https://arxiv.org/abs/1409.0473
 */
export function Alignment(props: AlignmentContent & { readonly title: string }): JSX.Element {
  const { source, output, grids, title } = props;
  const left = MARGIN + LETTER * longest(output);
  const slanted = LETTER * longest(source) * Math.SQRT1_2;
  const top = HEADING + slanted + MARGIN;
  const height = top + CELL * output.length + MARGIN;
  const width = Math.ceil(left + CELL * source.length + MARGIN + slanted);
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      viewBox={`0 0 ${width} ${Math.ceil(height * grids.length)}`}
      width={width}
      font-family="ui-monospace, monospace"
      font-size="12"
    >
      <title>{title}: alignment</title>
      <rect width="100%" height="100%" fill="white" />
      {grids.map(({ name, weights }, i) => (
        <g transform={`translate(0 ${round(i * height)})`}>
          <text x={MARGIN} y={MARGIN + 4} font-weight="bold">
            {name}
          </text>
          {source.map((word, column) => {
            const place = `translate(${round(left + CELL * (column + 0.6))} ${round(top - 6)})`;
            return <text transform={`${place} rotate(-45)`}>{word}</text>;
          })}
          {output.map((word, row) => (
            <>
              <text x={round(left - 6)} y={round(top + CELL * (row + 0.66))} text-anchor="end">
                {word}
              </text>
              {weights[row].map((weight, column) => (
                <rect
                  x={round(left + CELL * column)}
                  y={round(top + CELL * row)}
                  width={CELL}
                  height={CELL}
                  fill={CHART_COLOURS.first}
                  fill-opacity={weight.toFixed(3)}
                  stroke="#ddd"
                >
                  <title>{`${word} ← ${source[column]}: ${(100 * weight).toFixed(1)} %`}</title>
                </rect>
              ))}
            </>
          ))}
        </g>
      ))}
    </svg>
  );
}

function longest(words: readonly string[]): number {
  return Math.max(1, ...words.map(({ length }) => length));
}

const STYLE = `
:root { color-scheme: light dark; --line: #8883; --faint: light-dark(#777, #999); --note: light-dark(#5c6b80, #9fb2cc); --paper: light-dark(#fff, #16181c); --key: #8881; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1400px; margin: 1.5rem auto; padding: 0 1.25rem; background: var(--paper); }
h1 { margin: 0; font-size: 1.5rem; overflow-wrap: anywhere; }
p { margin: .25rem 0 1rem; color: var(--faint); }
p b { color: light-dark(#111, #eee); font-variant-numeric: tabular-nums; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem; margin: .5rem 0; }
.controls input { flex: 1 1 12rem; min-width: 8rem; accent-color: #4269d0; }
output { min-width: 4rem; text-align: right; font-variant-numeric: tabular-nums; }
button { font: inherit; font-size: .9rem; color: inherit; background: none; border: 1px solid var(--line); border-radius: .4rem; padding: .2rem .7rem; cursor: pointer; }
button:hover { border-color: var(--faint); }
button:focus-visible, #frame:focus-visible { outline: 2px solid #4269d0; outline-offset: 1px; }
button[aria-pressed="true"] { border-color: currentcolor; }
#play { min-width: 6.5rem; }
.heads button[aria-pressed="false"] { opacity: .45; }
.heads i { display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .4em; background: var(--head); }
.heads b { display: inline-block; min-width: 2.7em; text-align: right; font-variant-numeric: tabular-nums; }
#frame { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
svg { display: block; }
.roll-black { fill: var(--key); }
.roll-grid path { stroke: var(--line); fill: none; }
text { fill: var(--faint); font-size: 11px; }
.note { fill: var(--note); cursor: pointer; }
.melody { fill: var(--paper); stroke: var(--note); stroke-width: 1; cursor: pointer; }
.query { fill: #d6336c; fill-opacity: 1; stroke: #d6336c; stroke-width: 2; }
.cursor { stroke: #d6336c; stroke-opacity: .5; }
path { pointer-events: stroke; }
`;

/** A page that shows attention between notes and plays them: one file that loads nothing from the network. */
export function NotesPage(props: NoteAttention & { readonly title: string }): JSX.Element {
  const { title, notes, nHead, layers } = props;
  const attention = { notes, nHead, layers };
  // Text in a script ends at the first `</script`, even inside a string.
  const json = JSON.stringify(attention).replaceAll('<', '\\u003c');
  return (
    <Html title={`${title}: attention`} style={STYLE}>
      <h1>{title}</h1>
      <div id="picture">
        <NotesPicture {...attention} />
      </div>
      <script type="application/json" id="data" dangerouslySetInnerHTML={{ __html: json }} />
      <script dangerouslySetInnerHTML={{ __html: NOTES_CLIENT }} />
    </Html>
  );
}
