import type { JsonField } from './json-field.js';

/**
 * Accepts a tokenizer.json's `post_processor` that adds no token to a text: none, `ByteLevel`, or a
 * `TemplateProcessing` of the text alone, as transformers 5 saves it.
 *
 * @throws RangeError that names the field, for one that adds tokens or is unknown.
 */
export function checkPostProcessor(after: JsonField): void {
  if (after.value === undefined || after.value === null) return;
  const type = after.field('type').oneOf('ByteLevel', 'TemplateProcessing');
  if (type === 'ByteLevel') return;
  const single = after.field('single');
  const [piece, ...others] = single.items();
  const isText =
    others.length === 0 && (piece as JsonField | undefined)?.field('Sequence').value !== undefined;
  if (!isText) throw single.error('[{"Sequence":…}], which adds no token');
  piece.field('Sequence').field('id').oneOf('A');
}
