import type { ModelView, PagePrompt, StudyAnswer } from '@ramble/explorer';
import { useEffect, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';

/** A study while it is made, and after. */
export interface Studying {
  /** The study of the prompt; until it has arrived, the study of the prompt before. */
  readonly made?: { readonly prompt: PagePrompt; readonly study: StudyAnswer };
  /**
   * Number of computed blocks, and of all blocks; absent before the first one and when the study is
   * complete.
   */
  readonly progress?: { readonly blocks: number; readonly of: number };
  /** Whether the study is made, or failed. */
  readonly hasEnded: boolean;
}

/**
 * Studies a prompt, and stops when the prompt changes or the view is left. Without a prompt nothing
 * is studied.
 */
export function useStudy(model: ModelView, prompt: PagePrompt | undefined): Studying {
  const session = useSession();
  const [studying, setStudying] = useState<Studying>({ hasEnded: false });
  useEffect(() => {
    if (!prompt) return;
    const abort = new AbortController();
    const study = async (): Promise<void> => {
      const question = { model: model.id, prompt };
      for await (const event of session.transport.stream('study', question, abort.signal)) {
        if (abort.signal.aborted) return;
        if (event.kind === 'study') setStudying({ made: { prompt, ...event }, hasEnded: true });
        else setStudying(({ made }) => ({ made, progress: event, hasEnded: false }));
      }
    };
    setStudying(({ made }) => ({ made, hasEnded: false }));
    study().catch((error: unknown) => {
      session.complain(error);
      if (!abort.signal.aborted) setStudying({ hasEnded: true });
    });
    return () => abort.abort();
  }, [JSON.stringify(prompt)]);
  return studying;
}
