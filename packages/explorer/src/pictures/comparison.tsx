import type { JSX } from 'preact';

import {
  CHART_COLOURS,
  CHART_STYLE,
  type ChartSize,
  linearAxis,
  RIGHT,
  round,
  Twice,
  YAxis,
} from './chart.js';
import type { ComparedNumbers, ComparisonContent } from './contents.js';
import { Page } from './page.js';
import { Table } from './tables.js';

const { first, second, faint } = CHART_COLOURS;
const STYLE = `
.legend { margin: 1rem 0; font-size: 1rem; }
.legend span { margin-right: 1.5rem; }
.legend i { width: .8em; height: .8em; }
th { font-weight: 600; padding-left: .5rem; }
td { text-align: right; overflow-wrap: normal; } td:first-child { text-align: left; }
.data { background: ${faint}; fill: ${faint}; opacity: .45; }
.legend .spread { background: ${first}; width: .15em; }
.samples { background: ${second}; fill: ${second}; border-radius: 50%; }
path.spread { stroke: ${first}; }
.zero { stroke: currentcolor; }
`;

const HEADS = ['samples', 'data', 'a twentieth has less', 'a twentieth has more'];

/** A page that compares samples with data: a table of single values, and a chart for each other statistic. */
export function Comparison({ values, charts, ...head }: ComparisonContent): JSX.Element {
  return (
    <Page {...head} style={CHART_STYLE + STYLE}>
      <h2>Samples beside the data</h2>
      <Table label="Samples beside the data" heads={['', ...HEADS.map((number) => ({ number }))]}>
        {values.map((row) => (
          <tr>
            {row.map((cell) => (
              <td>{cell}</td>
            ))}
          </tr>
        ))}
      </Table>
      <p class="legend">
        <span>
          <i class="samples" />
          samples
        </span>
        <span>
          <i class="data" />
          data
        </span>
        <span>
          <i class="spread" />
          what nine of ten outputs of the data have
        </span>
      </p>
      {charts.map((chart) => (
        <>
          <h3>{chart.name}</h3>
          <Twice draw={(size) => <Bars {...chart} {...size} />} />
        </>
      ))}
    </Page>
  );
}

const HEIGHT = 260;
/** Width of a letter as a fraction of the font size. */
const LETTER = 0.6;
const TICKS = 6;
/** Width of a bar as a fraction of the space for one number. */
const BAR = 0.9;

/** Draws bars for the data, lines for the range of 90 % of the data's outputs, and dots for the samples. */
function Bars(props: ComparedNumbers & ChartSize): JSX.Element {
  const { name, numbers, areShares, width, fontSize } = props;
  const scale = areShares ? 100 : 1;
  const [left, top] = [4 * fontSize, 2 * fontSize];
  const longest = Math.max(...numbers.map(({ label }) => label.length));
  const names = Math.ceil(longest * LETTER * fontSize) + fontSize;
  const values = numbers.flatMap(({ samples = 0, data = 0, low = 0, high = 0 }) =>
    [samples, data, low, high].map((value) => scale * value),
  );
  const axis = linearAxis([0, ...values], [HEIGHT, top], TICKS, true);
  const y = (value: number): number => round(axis.at(scale * value));
  const band = (width - left - RIGHT) / numbers.length;
  return (
    <svg
      viewBox={`0 0 ${width} ${HEIGHT + names}`}
      font-size={fontSize}
      role="img"
      aria-label={name}
    >
      <YAxis
        axis={axis}
        from={left}
        to={width - RIGHT}
        label={areShares ? '↑ %' : ''}
        size={fontSize}
      />
      {numbers.map(({ label, samples, data, low, high }, i) => {
        const middle = round(left + (i + 0.5) * band);
        return (
          <g>
            {data !== undefined && (
              <rect
                class="data"
                x={round(middle - (BAR * band) / 2)}
                y={Math.min(y(data), y(0))}
                width={round(BAR * band)}
                height={round(Math.abs(y(0) - y(data)))}
              />
            )}
            {low !== undefined && high !== undefined && (
              <path class="spread" d={`M${middle} ${y(low)}V${y(high)}`} />
            )}
            {samples !== undefined && <circle class="samples" cx={middle} cy={y(samples)} r={4} />}
            <text
              transform={`translate(${round(middle + fontSize / 3)} ${HEIGHT + fontSize / 2}) rotate(-90)`}
              text-anchor="end"
            >
              {label}
            </text>
          </g>
        );
      })}
      <path class="zero" d={`M${left} ${y(0)}H${width - RIGHT}`} />
    </svg>
  );
}
