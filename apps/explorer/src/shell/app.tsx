import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';

import { LinkButton, ThemeSwitch } from './buttons.js';
import { lazyView } from './lazy-view.js';
import { formatCount, formatPlace } from '../state/format.js';
import { type Session, SessionContext, useSession } from '../state/session.js';
import { WriteView } from '../write/write-view.js';

const LookView = lazyView('this view', () => import('../look/look-view.js'), 'look.css');
const WatchView = lazyView('this view', () => import('../watch/watch-view.js'), 'watch.css');

/** The page: its header, errors, and the view that the address names. */
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

/** The view that the address names. */
function CurrentView({ session }: { readonly session: Session }): JSX.Element {
  const { view } = session.place.value;
  if (view === 'watch') return <WatchView key={view} />;
  const model = session.model.value;
  if (!model) return <Waiting session={session} />;
  return view === 'look' ? (
    <LookView key={`look ${model.id}`} model={model} />
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

/** Moves the focus to the content. A normal link cannot, because the address's fragment is the state of the page. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** Name of the page, its views, the models, and the switch of colours. */
function Header(): JSX.Element {
  const session = useSession();
  const views = [
    ['write', 'Write'],
    ['look', 'Look inside'],
    ...(session.hasRuns.value ? [['watch', 'Watch'] as const] : []),
  ] as const;
  const { view } = session.place.value;
  return (
    <header class="header">
      <h1 class="brand">
        <Mark />
        <span>ramble</span> <span class="brand-light">Explorer</span>
      </h1>
      <nav class="tabs" aria-label="Views">
        {views.map(([name, title]) => (
          <a
            key={name}
            class="tab"
            href={session.linkTo(name)}
            aria-current={view === name ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
      <div class="header-end">
        {view !== 'watch' && <ModelChooser />}
        <ThemeSwitch />
      </div>
    </header>
  );
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d="M3 18 C6 6 10 6 11 12 S15 20 16 12 S19 5 21 7" />
      <circle cx="21" cy="7" r="2" />
    </svg>
  );
}

/** Chooses the model, and describes it. */
function ModelChooser(): JSX.Element | null {
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

/** Shows the last error, and whether the connection to the server is lost. */
function Troubles(props: {
  readonly lostSeconds: ReadonlySignal<number | undefined>;
}): JSX.Element {
  const session = useSession();
  const lost = props.lostSeconds.value;
  return (
    <div class="troubles" role="status">
      {lost !== undefined && (
        <p class="trouble">
          The server does not answer. The page tries again in {lost}{' '}
          {lost === 1 ? 'second' : 'seconds'}.
        </p>
      )}
      {session.trouble.value !== '' && (
        <p class="trouble">
          <span>{session.trouble}</span>
          <LinkButton label="Dismiss" onClick={() => session.calm()} />
        </p>
      )}
    </div>
  );
}
