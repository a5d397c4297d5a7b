import { NoRunError } from '@ramble/runs';

/** The error of a run that is not there, with what to do where a published model has its name. */
export async function adviseImport(error: unknown): Promise<unknown> {
  if (!(error instanceof NoRunError)) return error;
  const { importAdvice } = await import('./import-advice.js'); // only now: it is slow to load
  const advice = importAdvice(error.place);
  return advice === undefined ? error : new NoRunError(error.place, advice);
}
