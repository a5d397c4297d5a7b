import type { Safetensors } from '../safetensors/open-safetensors.js';

/**
 * Checks that a file holds the expected tensors, with their shapes, and no others.
 *
 * @throws RangeError unless a file holds these tensors, in these shapes, and no others.
 */
export function checkTensors(
  { name: file, tensors }: Safetensors,
  expected: readonly { readonly name: string; readonly shape: readonly number[] }[],
): void {
  for (const { name, shape } of expected) {
    const found = tensors.get(name);
    if (!found) throw new RangeError(`${file}: expected a tensor ${name}, got none`);
    if (found.shape.join() !== shape.join()) {
      throw new RangeError(
        `${file}: expected ${found.name} of shape [${shape.join()}], got [${found.shape.join()}]`,
      );
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  for (const [name, found] of tensors) {
    if (!names.has(name)) {
      throw new RangeError(`${file}: expected no tensor ${found.name}, got one`);
    }
  }
}
