/** Highest load of the last minute at which measured times are published. */
const IDLE_LOAD = 0.3;

/**
 * Refuses a busy machine.
 *
 * @param load - Load of the last minute, from `os.loadavg()`.
 * @throws RangeError if it is above 0.3.
 */
export function checkLoad(load) {
  if (load <= IDLE_LOAD) return;
  throw new RangeError(
    `load: expected at most ${IDLE_LOAD}, got ${Number(load.toFixed(2))}; wait a minute with nothing else running, or ` +
      'give --any-load, which the page will say',
  );
}
