/**
 * Calls back when a signal aborts; at once where it has.
 *
 * @returns a function that forgets it.
 */
export function whenAborted(
  signal: AbortSignal | undefined,
  onAbort: (reason: Error) => void,
): () => void {
  const listen = (): void => onAbort(signal?.reason as Error); // an AbortError, unless somebody gave another
  if (signal?.aborted) listen();
  else signal?.addEventListener('abort', listen);
  return () => signal?.removeEventListener('abort', listen);
}
