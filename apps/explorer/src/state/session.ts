import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import { messageOf } from '@ramble/core/files';
import type { ModelView } from '@ramble/explorer';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

import {
  type Answer,
  CallError,
  type Calls,
  type Question,
  type Transport,
} from '../transport/transport.js';
import { formatPlace, parsePlace, type Place } from './format.js';

/** State and actions that all parts of the page use. */
export interface Session {
  readonly transport: Transport;
  /** State of the page that its address contains. */
  readonly place: ReadonlySignal<Place>;
  /** Number of navigations by links, the history or a typed address. */
  readonly arrivals: ReadonlySignal<number>;
  /** All models; `undefined` until they are known. */
  readonly models: ReadonlySignal<readonly ModelView[] | undefined>;
  /** Whether the list of models is loading. */
  readonly isLoading: ReadonlySignal<boolean>;
  /** The model in the address, or the first one; `undefined` if the address's model is not open. */
  readonly model: ReadonlySignal<ModelView | undefined>;
  /** Whether the server watches a folder of runs. */
  readonly hasRuns: ReadonlySignal<boolean>;
  /** The last error, as a sentence; empty without one. */
  readonly trouble: ReadonlySignal<string>;
  /** Returns the last address of a view, with the current model and prompt. */
  linkTo(view: string): string;
  /** Opens a view with parameters of the address; by default, only the current model is kept. */
  go(view: string, params?: Readonly<Record<string, string>>): void;
  /**
   * Changes parameters of the address, without a new entry in the history; empty ones are left out. Does nothing
   * between a navigation and its `hashchange` event, because the address already contains the next state.
   */
  remember(params: Readonly<Record<string, string>>): void;
  /** Makes a call. If it fails, shows the error and returns `undefined`. */
  ask<Name extends keyof Calls>(
    name: Name,
    question: Question<Name>,
    signal?: AbortSignal,
  ): Promise<Answer<Name> | undefined>;
  /** Shows an error; ignores aborts. */
  complain(error: unknown): void;
  /** Clears the last error. */
  calm(): void;
  /** Reloads the list of models. */
  reload(): Promise<void>;
}

/** Creates the state from the address, and requests the list of models. */
export function createSession(transport: Transport): Session {
  const place = signal(parsePlace(location.hash));
  const models = signal<readonly ModelView[] | undefined>(undefined);
  const isLoading = signal(true);
  const hasRuns = signal(false);
  const trouble = signal('');
  const arrivals = signal(0);
  const lastParams = new Map<string, Place['params']>();
  let shownHash = location.hash;
  const show = ({ view, params }: Place) => {
    shownHash = location.hash;
    lastParams.set(view, params);
    place.value = { view, params };
  };
  addEventListener('hashchange', () =>
    batch(() => {
      show(parsePlace(location.hash));
      arrivals.value++;
    }),
  );
  const complain = (error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return;
    trouble.value = messageOf(error);
  };
  const session: Session = {
    transport,
    place,
    arrivals,
    isLoading,
    models,
    hasRuns,
    trouble,
    model: computed(() => {
      const { model } = place.value.params;
      return model ? models.value?.find(({ id }) => id === model) : models.value?.[0];
    }),
    linkTo(view) {
      const { model = '', prompt = '' } = place.value.params;
      const last = lastParams.get(view) ?? {};
      const params = (last.model ?? '') === model ? last : {};
      // The tokens of an output are only part of the link to them.
      return formatPlace({ view, params: { ...params, model, prompt, tokens: '', prefix: '' } });
    },
    go(view, params = { model: place.value.params.model ?? '' }) {
      history.pushState(null, '', formatPlace({ view, params }));
      show({ view, params });
    },
    remember(params) {
      if (location.hash !== shownHash) return; // the user has navigated, and the event follows
      const { view, params: before } = place.peek();
      const all = Object.entries({ ...before, ...params }).filter(([, value]) => value !== '');
      const next = { view, params: Object.fromEntries(all) };
      const hash = formatPlace(next);
      // To replace an address by itself would cancel a Back or Forward that has just begun.
      if (hash !== location.hash) history.replaceState(null, '', hash);
      show(next);
    },
    async ask(name, question, abort) {
      try {
        const answer = await transport.call(name, question, abort);
        return answer;
      } catch (error) {
        complain(error);
        return undefined;
      }
    },
    complain,
    calm: () => (trouble.value = ''),
    async reload() {
      const answer = await session.ask('models', {});
      batch(() => {
        if (answer) models.value = answer;
        isLoading.value = false;
      });
    },
  };
  void session.reload();
  void transport.call('runs', {}).then(
    (runs) => (hasRuns.value = runs !== null),
    (error: unknown) => {
      if (!(error instanceof CallError && error.status === 404)) complain(error);
    },
  );
  return session;
}

/** Context that provides the session to all components. */
export const SessionContext = createContext<Session | undefined>(undefined);

/** Returns the session of the page. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session)
    throw new Error('session: the component is outside of a SessionContext; wrap it in one');
  return session;
}

/** An answer with its question. */
export interface Answered<Name extends keyof Calls> {
  readonly question: Question<Name>;
  readonly answer: Answer<Name>;
}

/**
 * Makes a call whenever its question changes. The old answer stays until the new one arrives, so that the
 * page does not jump.
 *
 * @param question - Question of the call; if undefined, no call is made.
 */
export function useAnswer<Name extends keyof Calls>(
  name: Name,
  question: Question<Name> | undefined,
): Answered<Name> | undefined {
  const session = useSession();
  const [answered, setAnswered] = useState<Answered<Name> | undefined>(undefined);
  const key = question && JSON.stringify(question);
  useEffect(() => {
    if (question === undefined) return;
    const abort = new AbortController();
    void session.ask(name, question, abort.signal).then((answer) => {
      if (answer !== undefined && !abort.signal.aborted) setAnswered({ question, answer });
    });
    return () => abort.abort();
  }, [name, key]);
  return question && answered;
}
