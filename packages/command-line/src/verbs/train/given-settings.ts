import { settingWords } from '../../format/setting-words.js';
import { UsageError } from '../../verb/exit-errors.js';
import { flagName } from '../../verb/flag-name.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * Settings that a run has for good may be given again, but not others.
 *
 * @throws UsageError that names the first one that differs.
 */
export function checkUnchanged(given: Values, settled: object, runName: string): void {
  for (const [name, value] of Object.entries(given)) {
    const own = (settled as Values)[name]; // any record of settings
    if (value !== own && JSON.stringify(value) !== JSON.stringify(own)) {
      const expected =
        own === undefined ? 'no value, as in' : `${settingWords({ own }).own}, the value of`;
      throw new UsageError(
        `${flagName(name)}: expected ${expected} ${runName}, got ${String(value)}`,
      );
    }
  }
}
