import type { JSX } from 'preact';

import { formatBytes } from '../state/format.js';
import { CacheCurve } from './cache-curve.js';
import type { Subject } from './subject.js';

/** What the model keeps in memory for each token that it has read. */
export function CachePart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { cache, layers } = subject.study;
  const last = cache.at(-1);
  const { nEmbd, nHead, contextLength } = subject.model.config;
  return (
    <section class="panel">
      <h2>Cache</h2>
      <p class="hint">
        Keys and values of {last?.tokens ?? 0} tokens take {formatBytes(last?.bytes ?? 0)}. The
        context has {contextLength.toLocaleString('en')} tokens.
      </p>
      <CacheCurve cache={cache} />
      <h3>Layers</h3>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Layers">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Attention</th>
              <th scope="col">Heads</th>
              <th scope="col">Heads that share keys and values</th>
            </tr>
          </thead>
          <tbody>
            {layers.map(({ kind, heads, keyValueHeads }, i) => (
              <tr key={i}>
                <th scope="row">{i + 1}</th>
                <td>{kind}</td>
                <td>
                  {heads} of size {nEmbd / nHead}
                </td>
                <td>
                  <Groups heads={heads} groups={keyValueHeads} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** A dot a head, side by side where they share keys and values. */
function Groups(props: { readonly heads: number; readonly groups: number }): JSX.Element {
  const { heads, groups } = props;
  const size = heads / groups;
  return (
    <span class="groups" role="img" aria-label={`${groups} groups of ${size}`}>
      {Array.from({ length: groups }, (_, group) => (
        <span key={group} class="group">
          {Array.from({ length: size }, (_, head) => (
            <span key={head} class="group-head" />
          ))}
        </span>
      ))}
    </span>
  );
}
