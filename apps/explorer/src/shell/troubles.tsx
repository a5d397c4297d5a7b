import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import { useSession } from '../state/session.js';

/** Says what went wrong, and that the server is gone. */
export function Troubles(props: {
  readonly lostSeconds: ReadonlySignal<number | undefined>;
}): JSX.Element {
  const session = useSession();
  const lost = props.lostSeconds.value;
  return (
    <div class="troubles" role="status">
      {lost !== undefined && (
        <p class="trouble">
          The server does not answer. The page asks again in {lost}{' '}
          {lost === 1 ? 'second' : 'seconds'}.
        </p>
      )}
      {session.trouble.value !== '' && (
        <p class="trouble">
          <span>{session.trouble}</span>
          <button type="button" class="link-button" onClick={() => session.calm()}>
            Dismiss
          </button>
        </p>
      )}
    </div>
  );
}
