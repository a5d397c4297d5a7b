import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import { LookView } from '../look/look-view.js';
import { formatPlace } from '../state/place.js';
import { type Session, SessionContext } from '../state/session.js';
import { WatchView } from '../watch/watch-view.js';
import { WriteView } from '../write/write-view.js';
import { Header } from './header.js';
import { Troubles } from './troubles.js';

/** The page: its header, what went wrong, and the view that the address names. */
export function App(props: {
  readonly session: Session;
  readonly lostSeconds: ReadonlySignal<number | undefined>;
}): JSX.Element {
  const { session, lostSeconds } = props;
  return (
    <SessionContext.Provider value={session}>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <Header />
      <Troubles lostSeconds={lostSeconds} />
      <main id="main" tabIndex={-1}>
        <CurrentView session={session} />
      </main>
    </SessionContext.Provider>
  );
}

function CurrentView({ session }: { readonly session: Session }): JSX.Element {
  const { view } = session.place.value;
  if (view === 'watch') return <WatchView />;
  const model = session.model.value;
  if (!model) return <Waiting session={session} />;
  return view === 'look' ? (
    <LookView key={model.id} model={model} />
  ) : (
    <WriteView key={model.id} model={model} />
  );
}

function Waiting({ session }: { readonly session: Session }): JSX.Element {
  const models = session.models.value;
  const { view, params } = session.place.value;
  if (!models) return <p class="waiting">{session.isLoading.value && 'Loading the models …'}</p>;
  return (
    <div class="waiting">
      <p>
        {params.model ? `The model ${params.model} is not open here.` : 'No model is open.'}{' '}
        {session.hasRuns.value
          ? 'The view Watch opens runs.'
          : 'Start ramble explore with --model RUN.'}
      </p>
      {models.length > 0 && (
        <p>
          These are open:
          {models.map(({ id }) => (
            <a key={id} class="model-link" href={formatPlace({ view, params: { model: id } })}>
              {id}
            </a>
          ))}
        </p>
      )}
    </div>
  );
}

/** The fragment is the state of the page, so the link moves the focus itself. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
