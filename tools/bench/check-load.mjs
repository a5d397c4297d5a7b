/** The highest load of the last minute at which times are worth a page. */
const IDLE_LOAD = 0.3;

/**
 * Refuses a machine that does something else.
 *
 * @param load - The load of the last minute, as `os.loadavg()` has it.
 * @throws RangeError when it is above 0.3.
 */
export function checkLoad(load) {
  if (load <= IDLE_LOAD) return;
  throw new RangeError(
    `load: expected at most ${IDLE_LOAD}, got ${Number(load.toFixed(2))}; wait a minute with nothing else running, or ` +
      'give --any-load, which the page will say',
  );
}
