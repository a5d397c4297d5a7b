import type { JSX } from 'preact';

import { CHART_STYLE } from './chart.js';
import type { ReportContent, ReportSample } from './contents.js';
import { LineChart } from './line-chart.js';
import { Page, Settings } from './page.js';
import { SHADE_STYLE, shaded } from './palette.js';

const STYLE = `
pre { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace; }
pre b { color: var(--faint); font-weight: 600; }
pre b span { color: var(--text); font-weight: 400; border-radius: .2rem; }
pre i::before { content: 'reference: '; color: var(--faint); }
.data dd { margin: 0 0 .75rem; font-size: .9rem; }
.data small { display: block; color: var(--faint); font-family: ui-monospace, monospace; }
`;

/** A page that shows a training: curves, samples, data and settings. */
export function Report(props: ReportContent): JSX.Element {
  const { figures, samples, settings, data = {}, ...head } = props;
  return (
    <Page {...head} style={STYLE + CHART_STYLE + SHADE_STYLE}>
      {figures.map(({ title, ...chart }) => (
        <>
          <h2>{title}</h2>
          <LineChart {...chart} />
        </>
      ))}
      {samples.length > 0 && <h2>Samples</h2>}
      {samples.map((sample) => (
        <Sample {...sample} />
      ))}
      <Data data={data} />
      <Settings groups={settings} />
    </Page>
  );
}

function Sample({ prompt, source, output, reference }: ReportSample): JSX.Element {
  const words = source?.map(({ word, share }) => <span {...shaded(share)}>{word}</span>);
  const shownPrompt = words ?? prompt;
  return (
    <pre>
      {shownPrompt !== undefined && (
        <>
          <b>{shownPrompt}</b>
          {'\n'}
        </>
      )}
      {output}
      {reference !== undefined && (
        <>
          {'\n'}
          <i>{reference}</i>
        </>
      )}
    </pre>
  );
}

/** Paths may be long, so each has the whole width, below its name. */
function Data({ data }: Required<Pick<ReportContent, 'data'>>): JSX.Element | null {
  const files = Object.entries(data);
  if (files.length === 0) return null;
  return (
    <>
      <h2>Data</h2>
      <dl class="data">
        {files.map(([name, { path, sha256 }]) => (
          <>
            <dt>{name}</dt>
            <dd>
              {path} <small>sha256 {sha256}</small>
            </dd>
          </>
        ))}
      </dl>
    </>
  );
}
