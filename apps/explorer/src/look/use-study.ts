import type { ModelView, PagePrompt, StudyAnswer } from '@ramble/explorer';
import { useEffect, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';

/** A running or complete study: what a model computes for a prompt. */
export interface Studying {
  /** The study of the prompt; until it arrives, the study of the previous prompt. */
  readonly made?: { readonly prompt: PagePrompt; readonly study: StudyAnswer };
  /**
   * Number of computed blocks, and of all blocks; absent before the first block and once the study is
   * complete.
   */
  readonly progress?: { readonly blocks: number; readonly of: number };
  /** Whether the study is complete or failed. */
  readonly hasEnded: boolean;
}

/**
 * Requests the study of a prompt, and aborts if the prompt changes or the view is left. Does nothing without
 * a prompt.
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
