import { type JsonField } from '../json-field.js';

/** Far above the number of steps in any published file. */
const MAX_STEPS = 100;

/**
 * The steps of a part of a tokenizer.json: none, one, or the flat list of a `Sequence`, which may have
 * others inside.
 *
 * @param list - Name of a sequence's list.
 * @throws RangeError that names the field, if the list is too long.
 */
export function readSteps(field: JsonField, list: string): readonly JsonField[] {
  const steps: JsonField[] = [];
  const add = (each: JsonField): void => {
    if (each.value === null || each.value === undefined) return;
    if (each.field('type').value === 'Sequence') {
      const inner = each.field(list);
      if (Array.isArray(inner.value) && inner.value.length > MAX_STEPS) throw tooMany();
      inner.items().forEach(add);
      return;
    }
    if (steps.push(each) > MAX_STEPS) throw tooMany();
  };
  const tooMany = (): RangeError => field.error(`at most ${MAX_STEPS} steps`);
  add(field);
  return steps;
}
