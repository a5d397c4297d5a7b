import type { JSX } from 'preact';

import { formatProbability } from '../state/format.js';
import type { Subject } from './subject.js';

/** What the model would say next if it ended after each block. */
export function LensPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { lens, tokens } = subject.study;
  const columns = Math.max(...lens.map((row) => row.tokens.length));
  return (
    <section class="panel">
      <h2>Logit lens</h2>
      <p class="hint">
        What would come after <b dir="auto">{tokens.at(-1)?.word}</b> if the model ended after each
        of its blocks.
      </p>
      <div class="scroll-x" tabIndex={0} role="group" aria-label="Logit lens">
        <table class="table lens">
          <thead>
            <tr>
              <th scope="col">After</th>
              {Array.from({ length: columns }, (_, i) => (
                <th key={i} scope="col">
                  {i === 0 ? 'likeliest' : `${i + 1}.`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...lens].reverse().map(({ blocks, tokens: likely }) => (
              <tr key={blocks}>
                <th scope="row">{blocks === 0 ? 'embedding' : `block ${blocks}`}</th>
                {likely.map(({ id, word, probability }) => (
                  <td key={id} style={{ '--weight': probability.toFixed(3) }} class="shaded">
                    <span class="lens-word" dir="auto">
                      {word}
                    </span>
                    <span class="lens-probability">{formatProbability(probability)}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
