import type { AnyApp } from '@ramble/core';

import { blameNow } from './blame.js';
import { partsOf } from './parts-of.js';
import { showValue } from './show-value.js';

type Statistics = NonNullable<AnyApp['statistics']>;

/** The statistics of a module, whose every answer is checked. */
export function checkedStatistics(word: string, statistics: Statistics): Statistics {
  const name = `${word}: statistics`;
  return (outputs, data) => {
    const found: unknown = blameNow(name, () => statistics(outputs, data));
    if (Array.isArray(found) && found.every(isStatistic)) return found as ReturnType<Statistics>;
    throw new TypeError(
      `${name}: expected a list of { name, value }, { name, values } or { name, shares }, got ${showValue(found)}`,
    );
  };
}

function isStatistic(each: unknown): boolean {
  const { name, value, values, shares } = partsOf(each);
  const isNumber = (number: unknown): boolean => typeof number === 'number';
  const areNumbers = (numbers: unknown): boolean =>
    typeof numbers === 'object' && numbers !== null && Object.values(numbers).every(isNumber);
  return typeof name === 'string' && (isNumber(value) || areNumbers(values ?? shares));
}
