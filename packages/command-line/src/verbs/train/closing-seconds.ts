/**
 * Seconds of a time limit that are kept for what comes after training: some samples and the report.
 *
 * @param maxMinutes - The limit; 0 for none.
 */
export function closingSeconds(maxMinutes: number): number {
  return Math.min(12 * maxMinutes, 1 + 1.2 * maxMinutes);
}

/** A signal that is aborted with another one, or after so many seconds. */
export function timeLimited(signal: AbortSignal, seconds: number | undefined): AbortSignal {
  if (seconds === undefined) return signal;
  const limit = new AbortController();
  signal.addEventListener('abort', () => limit.abort(signal.reason), { once: true });
  setTimeout(() => limit.abort(), 1000 * seconds).unref();
  return limit.signal;
}
