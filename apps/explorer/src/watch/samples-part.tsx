import type { RunView } from '@ramble/explorer';
import type { JSX } from 'preact';

import type { Details } from './use-details.js';

/** What the runs wrote while they trained, the last first. */
export function SamplesPart(props: {
  readonly runs: readonly RunView[];
  readonly details: Details;
}): JSX.Element | null {
  const { runs, details } = props;
  const written = runs.flatMap(({ name }) =>
    (details[name]?.samples ?? []).map((sample) => ({ name, ...sample })),
  );
  if (written.length === 0) return null;
  return (
    <section class="panel">
      <h2>Samples</h2>
      <div class="samples">
        {written.map(({ name, step, prompt, text, reference }, i) => (
          <article key={i} class="sample">
            <h3>
              {name} <span class="hint">at step {step.toLocaleString('en')}</span>
            </h3>
            {prompt !== undefined && (
              <p class="sample-prompt" dir="auto">
                {prompt}
              </p>
            )}
            <p dir="auto">{text}</p>
            {reference !== undefined && (
              <p class="sample-reference" dir="auto">
                {reference}
              </p>
            )}
          </article>
        ))}
      </div>
    </section>
  );
}
