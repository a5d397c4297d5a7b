import type { CircuitsAnswer, CircuitsQuestion } from '@ramble/explorer';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';

/** A measurement of the parts of a model for the current question, and functions that start and stop it. */
interface Measuring {
  readonly isRunning: boolean;
  readonly progress?: { readonly done: number; readonly total: number };
  readonly circuits?: CircuitsAnswer;
  readonly start: () => void;
  readonly stop: () => void;
}

/**
 * Returns a measurement of circuits that can be started. It asks the server `question`. If the question changes, the
 * measurement is aborted and its result is discarded.
 */
export function useMeasuring(question: CircuitsQuestion): Measuring {
  const session = useSession();
  const [made, setMade] = useState<Omit<Measuring, 'start' | 'stop'>>({ isRunning: false });
  const running = useRef<AbortController | undefined>(undefined);
  const end = (state: typeof made): void => {
    running.current?.abort();
    running.current = undefined;
    setMade(state);
  };
  useEffect(() => () => end({ isRunning: false }), [JSON.stringify(question)]);
  const measure = async ({ signal }: AbortController): Promise<void> => {
    for await (const event of session.transport.stream('circuits', question, signal)) {
      if (signal.aborted) return;
      if (event.kind === 'progress') setMade({ isRunning: true, progress: event });
      else end({ isRunning: false, circuits: event.circuits });
    }
  };
  const start = (): void => {
    const abort = new AbortController();
    end({ isRunning: true });
    running.current = abort;
    measure(abort).catch((error: unknown) => {
      session.complain(error);
      if (!abort.signal.aborted) end({ isRunning: false });
    });
  };
  return { ...made, start, stop: () => end({ isRunning: false }) };
}

/** The button that starts and stops a measurement, with its progress. */
export function MeasureButton(props: {
  readonly measuring: Measuring;
  readonly isReady: boolean;
}): JSX.Element {
  const { isRunning, progress, start, stop } = props.measuring;
  return (
    <p class="circuit-start">
      {isRunning ? (
        <button type="button" class="button" onClick={stop}>
          Stop
        </button>
      ) : (
        <button type="button" class="button button-main" disabled={!props.isReady} onClick={start}>
          Measure
        </button>
      )}
      {isRunning && (
        <progress aria-label="Measured" value={progress?.done ?? 0} max={progress?.total ?? 1} />
      )}
    </p>
  );
}
