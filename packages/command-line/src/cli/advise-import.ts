import { NoRunError } from '@ramble/runs';

/** The error of a run that is not there, with what to do where a published model has its name. */
export async function adviseImport(error: unknown): Promise<unknown> {
  if (!(error instanceof NoRunError)) return error;
  const { listModels } = await import('@ramble/datasets'); // only now: it is slow to load
  const { place } = error;
  if (!listModels().some(({ name }) => name === place)) return error;
  return new Error(
    `${error.message}; make one of that model: ramble text import ${place} --out runs/${place}`,
    { cause: error },
  );
}
