import type { JSX } from 'preact';

import type { Subject } from './subject.js';

/** Every step of the model in order, with the shape of what it makes. */
export function ShapesPart({ subject }: { readonly subject: Subject }): JSX.Element {
  const { steps } = subject.study;
  return (
    <section class="panel">
      <h2>Shapes</h2>
      <p class="hint">What the model computes, from tokens to logits, in {steps.length} steps.</p>
      <ol class="steps">
        {steps.map(({ name, shape }, i) => (
          <li key={i}>
            <code>{name}</code>
            <span class="step-shape">{shape.join(' × ')}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
