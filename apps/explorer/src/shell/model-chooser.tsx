import type { JSX } from 'preact';

import { formatCount } from '../state/format.js';
import { useSession } from '../state/session.js';

/** Chooses the model, and says what it is. */
export function ModelChooser(): JSX.Element | null {
  const session = useSession();
  const models = session.models.value;
  const model = session.model.value;
  if (!models || !model) return null;
  return (
    <div class="chooser">
      <label class="chooser-field">
        <span class="visually-hidden">Model</span>
        <select
          value={model.id}
          onChange={({ currentTarget }) =>
            session.go(session.place.value.view, { model: currentTarget.value })
          }
        >
          {models.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <p class="chooser-facts" title={model.description}>
        <b>{model.domain}</b> {formatCount(model.parameters)} parameters in {model.weights}, on{' '}
        {model.engine}
      </p>
    </div>
  );
}
