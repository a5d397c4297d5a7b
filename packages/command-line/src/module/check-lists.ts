import { showValue } from './show-value.js';

/** Whether an encoding has the lists that it must; their numbers are checked by core. */
export function checkLists(name: string, value: unknown, parts: readonly string[]): void {
  const lists = (typeof value === 'object' ? value : undefined) as
    Readonly<Record<string, unknown>> | null | undefined; // whatever a module gives
  const isList = (list: unknown): boolean =>
    typeof list === 'object' && list !== null && 'length' in list;
  if (parts.every((part) => isList(lists?.[part]))) return;
  throw new TypeError(`${name}: expected { ${parts.join(', ')} }, got ${showValue(value)}`);
}
