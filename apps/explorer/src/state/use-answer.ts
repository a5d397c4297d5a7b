import { useEffect, useState } from 'preact/hooks';

import type { Answer, Calls, Question } from '../transport/transport.js';
import { useSession } from './session.js';

/** An answer with what it answers. */
export interface Answered<Name extends keyof Calls> {
  readonly question: Question<Name>;
  readonly answer: Answer<Name>;
}

/**
 * Asks a call whenever its question changes. Until a new answer is there the one before stays, so that
 * the page does not jump.
 *
 * @param question - None asks nothing.
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
