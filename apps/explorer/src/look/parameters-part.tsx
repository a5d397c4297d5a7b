import type { ModelView } from '@ramble/explorer';
import type { JSX } from 'preact';

import { formatCount } from '../state/format.js';
import { useAnswer } from '../state/use-answer.js';

/** The parameters of the model by row, with their share of the whole. */
export function ParametersPart({ model }: { readonly model: ModelView }): JSX.Element {
  const answer = useAnswer('parameters', { model: model.id })?.answer;
  if (!answer) return <p class="waiting">Counting the parameters …</p>;
  const largest = Math.max(...answer.rows.map(({ count, times }) => count * times));
  return (
    <section class="panel">
      <h2>Parameters</h2>
      <p class="hint">
        {formatCount(answer.total)} numbers, kept in {model.weights}.
      </p>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Parameters by row">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Shape</th>
              <th scope="col" class="number">
                Each
              </th>
              <th scope="col" class="number">
                Layers
              </th>
              <th scope="col" class="number">
                Together
              </th>
              <th scope="col">
                <span class="visually-hidden">Share</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {answer.rows.map(({ name, shape, count, times }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{shape.join(' × ')}</td>
                <td class="number">{count.toLocaleString('en')}</td>
                <td class="number">{times}</td>
                <td class="number">{(count * times).toLocaleString('en')}</td>
                <td class="share">
                  <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={(100 * count * times) / largest} height="6" rx="1" />
                  </svg>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
