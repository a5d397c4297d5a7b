import { type JsonField } from '../json-field.js';

/**
 * Reads a step of a tokenizer.json with the reader for its field `type`.
 *
 * @param readers - The reader of each known type.
 * @throws RangeError that names the field, if the type is unknown.
 */
export function readByType<Step>(
  field: JsonField,
  readers: Readonly<Record<string, (field: JsonField) => Step>>,
): Step {
  return readers[field.field('type').oneOf(...Object.keys(readers))](field);
}

/** Maximum number of steps in a part of a tokenizer.json, far above any published file. */
const MAX_STEPS = 100;

/**
 * Reads the steps of a part of a tokenizer.json: none, one, or the flattened list of a `Sequence`, which may
 * be nested.
 *
 * @param list - Name of the field with a sequence's list.
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
