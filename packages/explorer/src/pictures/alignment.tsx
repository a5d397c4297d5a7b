import type { JSX } from 'preact';

import { round } from './chart.js';
import type { AlignmentContent } from './contents.js';
import { CHART_COLOURS } from './palette.js';

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
