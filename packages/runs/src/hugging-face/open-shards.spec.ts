import type { EncodedTensor } from '../safetensors/write-safetensors.js';

import { fileFolder, safetensorsBytes } from '../../test/file-folder.js';
import { openShards } from './open-shards.js';

const INDEX = 'model.safetensors.index.json';
const [ONE, TWO] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

const tensor = (name: string, ...values: number[]): EncodedTensor => ({
  name,
  dtype: 'F32',
  shape: [values.length],
  bytes: () => [new Uint8Array(Float32Array.from(values).buffer)],
});
let one: Uint8Array;
let two: Uint8Array;
beforeAll(async () => {
  one = await safetensorsBytes([tensor('a', 1, 2), tensor('b', 3)]);
  two = await safetensorsBytes([tensor('c', 4, 5, 6)]);
});

const MAP = { a: ONE, b: ONE, c: TWO };
const index = (weightMap: unknown = MAP, total: unknown = 24): string =>
  JSON.stringify({ metadata: { total_size: total }, weight_map: weightMap });

/** Returns the error of opening a folder, and checks that no file stays open. */
async function refusal(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = fileFolder(files);
  const error: unknown = await openShards(folder).catch((thrown: unknown) => thrown);
  expect(folder.openFiles()).toBe(0);
  return String(error);
}

describe('openShards', () => {
  it('reads a single file', async () => {
    const folder = fileFolder({ 'model.safetensors': one });
    const { tensors, close } = await openShards(folder);
    expect([...(await tensors.read('a'))]).toEqual([1, 2]);
    await close();
    expect(folder.openFiles()).toBe(0);
  });

  it('reads shards as if they were one file', async () => {
    const folder = fileFolder({ [INDEX]: index(), [ONE]: one, [TWO]: two });
    const { tensors, close } = await openShards(folder);
    expect([...tensors.tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect([...(await tensors.read('c'))]).toEqual([4, 5, 6]);
    for await (const piece of tensors.bytes('b')) expect(piece).toHaveLength(4);
    await expect(tensors.read('d')).rejects.toThrow(
      new RangeError(`FOLDER/${INDEX}: expected a tensor d, got none`),
    );
    await close();
    expect(folder.openFiles()).toBe(0);
  });

  it('names the content of a folder without weights in the error', async () => {
    expect(await refusal({})).toBe(
      `Error: FOLDER: expected model.safetensors or ${INDEX}, got neither`,
    );
    expect(await refusal({ 'pytorch_model.bin': 'x' })).toBe(
      `Error: FOLDER: expected model.safetensors or ${INDEX}, got pytorch_model.bin, ` +
        "which can hold code and is not read: save it anew with transformers' save_pretrained",
    );
  });

  it('refuses an index whose shards are not there', async () => {
    expect(await refusal({ [INDEX]: index(), [ONE]: one })).toBe(
      `RangeError: FOLDER/${INDEX}: expected the file ${TWO}, got none`,
    );
  });

  it('refuses a wrong total', async () => {
    const files = { [ONE]: one, [TWO]: two };
    expect(await refusal({ ...files, [INDEX]: index(MAP, 28) })).toBe(
      `RangeError: FOLDER/${INDEX}: expected 28 bytes of tensors, got 24`,
    );
    expect(await refusal({ ...files, [INDEX]: index(MAP, '24') })).toBe(
      `TypeError: FOLDER/${INDEX}: expected a number metadata.total_size, got none`,
    );
  });

  it.each(['../secret.safetensors', '/etc/secret.safetensors', 'a\\b.safetensors', '', 7])(
    'refuses a shard named %j, which is no name of a file in the folder',
    async (shard) => {
      expect(await refusal({ [INDEX]: index({ a: shard }) })).toBe(
        `RangeError: FOLDER/${INDEX}: weight_map: expected the name of a .safetensors file for a, got ${JSON.stringify(shard)}`,
      );
    },
  );

  it('refuses an index that contradicts the shards', async () => {
    const files = { [ONE]: one, [TWO]: two };
    expect(await refusal({ ...files, [INDEX]: index({ ...MAP, b: TWO }) })).toBe(
      `RangeError: FOLDER/${INDEX}: expected b in ${ONE}, got ${TWO}`,
    );
    expect(await refusal({ ...files, [INDEX]: index({ a: ONE, c: TWO }) })).toBe(
      `RangeError: FOLDER/${INDEX}: expected b in ${ONE}, got no file`,
    );
    expect(await refusal({ ...files, [INDEX]: index({ ...MAP, d: TWO }) })).toBe(
      `RangeError: FOLDER/${INDEX}: expected ${TWO} to hold d, got a file without it`,
    );
  });

  it('refuses a malformed index or a broken shard', async () => {
    expect(await refusal({ [INDEX]: '[]' })).toBe(
      `TypeError: FOLDER/${INDEX}: expected a JSON object, got "[]"`,
    );
    expect(await refusal({ [INDEX]: '{}' })).toBe(
      `TypeError: FOLDER/${INDEX}: expected an object weight_map, got none`,
    );
    expect(await refusal({ [INDEX]: index(), [ONE]: one, [TWO]: two.slice(0, -1) })).toBe(
      `RangeError: FOLDER/${TWO}: expected 12 bytes of tensors, got 11`,
    );
  });
});
