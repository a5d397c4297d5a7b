import type { Safetensors } from './open-safetensors.js';

/** Whether two tensors of a file have the same bytes. */
export async function isSameTensor(
  file: Pick<Safetensors, 'bytes'>,
  one: string,
  other: string,
): Promise<boolean> {
  const others = file.bytes(other);
  for await (const piece of file.bytes(one)) {
    const { value } = await others.next();
    if (value?.length !== piece.length || piece.some((byte, i) => byte !== value[i])) return false;
  }
  return (await others.next()).done === true;
}
