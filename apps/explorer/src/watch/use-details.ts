import type { RunDetails, RunView } from '@ramble/explorer';
import { useEffect, useState } from 'preact/hooks';

import { useSession } from '../state/session.js';

/** Details of runs by name. */
export type Details = Readonly<Record<string, RunDetails>>;

/** The details of runs, asked anew when a run has reached another step. */
export function useDetails(runs: readonly RunView[]): Details {
  const session = useSession();
  const [details, setDetails] = useState<Details>({});
  useEffect(() => {
    const abort = new AbortController();
    for (const { name } of runs) {
      void session.ask('details', { run: name }, abort.signal).then((found) => {
        if (found) setDetails((before) => ({ ...before, [name]: found }));
      });
    }
    return () => abort.abort();
  }, [runs.map(({ name, step }) => `${name} ${step}`).join()]);
  return details;
}
