import { randomAt } from '@ramble/core';

/** Numbers, as JSON text, on which programs often fail. */
const NUMBERS = ['0', '-1', '1e308', '2147483648', '9007199254740993', '0.5', '1e-400', '10001'];
/** Sizes for which memory cannot or need not be allocated. */
const HUGE = [
  ...['2147483648', '2147483647', '4294967296', '9007199254740991', '9007199254740993'],
  ...['1e308', '1e400', '1e15', '1000000000', '16777216', '1000000', '65536'],
];
/** Matches the names of GGUF's metadata keys. In the file, each is followed by the type of its value. */
const GGUF_KEY = /(?:llama|tokenizer\.ggml)\.[a-z_.]+/g;
const GGUF_TYPES = { uint32: 4, int32: 5, float32: 6 };
/** Number in JSON that is a value, not a part of a name. */
const JSON_NUMBER = /(?<![\w".])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w"])/g;
/** JSON values to replace a number by: values of other types, and deeply nested lists. */
const VALUES = ['null', '""', '[]', '{}', 'true', '"\\u001b[2J\\u202e"', `[${'['.repeat(300)}`];
/** Byte sequences with a special meaning to a terminal, a UTF-8 decoder or a parser. */
const SNIPPETS = [
  '\x1b]0;title\x07\x1b[2J',
  '\u202e\u2066\u200b\ufeff',
  '\0\0\0\0\0\0\0\0',
  '\xff\xfe\x80',
  '[',
  '{"a":',
  '"',
  '\n',
  '9',
  'x'.repeat(100_000),
  '['.repeat(200_000),
];
const LENGTHS = [0, 1, 127, 128, 0x7fffffff, 0x80000000, 0xffffffff];

/** Draws whole numbers from 0 to below a limit. */
export type Draw = (limit: number) => number;

type Mutation = (bytes: Buffer, draw: Draw) => Buffer;

/** Returns a random generator. It depends only on the seed and the number of the attempt. */
export function drawer(seed: number, number: number): Draw {
  const random = randomAt({ seed, purpose: 'sample', step: number });
  let drawn = 0;
  return (limit) => Math.min(limit - 1, Math.floor(random.uniform(drawn++) * limit));
}

/** Returns a file with one to three careless or hostile changes, some without effect. */
export function mutate(
  bytes: Buffer,
  draw: Draw,
): { readonly bytes: Buffer; readonly how: string } {
  const how: string[] = [];
  let mutated = bytes;
  for (let left = 1 + draw(3); left > 0; left--) {
    const names = Object.keys(MUTATIONS);
    const name = names[draw(names.length)];
    mutated = MUTATIONS[name](mutated, draw);
    how.push(name);
  }
  return { bytes: mutated, how: how.join(', ') };
}

/** Returns a file with one of its numbers replaced by a huge one. */
export function enlarge(
  bytes: Buffer,
  draw: Draw,
): { readonly bytes: Buffer; readonly how: string } {
  const number = pick(HUGE, draw);
  if (bytes.toString('latin1', 0, 4) === 'GGUF') return enlargeGguf(bytes, number, draw);
  const replace = (json: Buffer): Buffer => replaceOne(json, JSON_NUMBER, number, draw);
  if (bytes[8] !== 0x7b || bytes[0] === 0x7b) return { bytes: replace(bytes), how: number };
  // Layout of a safetensors file: the length of its header, the header, the data.
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const header = replace(bytes.subarray(8, end));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return { bytes: Buffer.concat([length, header, bytes.subarray(end)]), how: number };
}

function enlargeGguf(bytes: Buffer, number: string, draw: Draw): ReturnType<typeof enlarge> {
  const changed = Buffer.from(bytes);
  const numbers = [...bytes.toString('latin1').matchAll(GGUF_KEY)].flatMap(({ index, 0: key }) => {
    const at = index + key.length;
    const type = at + 8 <= bytes.length ? bytes.readUInt32LE(at) : 0;
    return Object.values(GGUF_TYPES).includes(type) ? [{ key, type, at: at + 4 }] : [];
  });
  const { key, type, at } = pick(numbers, draw);
  if (type === GGUF_TYPES.float32) changed.writeFloatLE(Math.min(Number(number), 3e38), at);
  else changed.writeUInt32LE(Math.min(Number(number), 2 ** 32 - 1), at);
  return { bytes: changed, how: `${key}: ${number}` };
}

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flip bits': (bytes, draw) => {
    const flipped = Buffer.from(bytes);
    for (let left = 1 + draw(8); left > 0 && bytes.length > 0; left--) {
      flipped[draw(bytes.length)] ^= 1 << draw(8);
    }
    return flipped;
  },
  truncate: (bytes, draw) => bytes.subarray(0, draw(bytes.length + 1)),
  'cut out': (bytes, draw) => {
    const [start, end] = range(bytes, draw);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  repeat: (bytes, draw) => {
    const [start, end] = range(bytes, draw);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  overwrite: (bytes, draw) => {
    const [start, end] = range(bytes, draw);
    return Buffer.from(bytes).fill(draw(2) * 255, start, end);
  },
  insert: (bytes, draw) => {
    const at = draw(bytes.length + 1);
    const snippet = Buffer.from(pick(SNIPPETS, draw), draw(2) === 0 ? 'utf8' : 'latin1');
    return Buffer.concat([bytes.subarray(0, at), snippet, bytes.subarray(at)]);
  },
  'another length': (bytes, draw) => {
    const changed = Buffer.from(bytes);
    if (bytes.length < 8) return changed;
    const at = draw(Math.min(bytes.length, 64) - 4); // the place of headers
    const length = pick(LENGTHS, draw);
    if (draw(2) === 0) changed.writeUInt32LE(length, at);
    else changed.writeUInt32BE(length, at);
    return changed;
  },
  'another number': (bytes, draw) =>
    replaceOne(bytes, /-?\d+(?:\.\d+)?/g, pick(NUMBERS, draw), draw),
  'another value': (bytes, draw) =>
    replaceOne(bytes, /"[^"\n]{0,200}"|-?\d+(?:\.\d+)?|true|false|null/g, pick(VALUES, draw), draw),
  'another key': (bytes, draw) =>
    replaceOne(bytes, /"\w+"(?=\s*:)/g, pick(['"__proto__"', '"length"', '""', '"a"'], draw), draw),
};

function pick<T>(items: readonly T[], draw: Draw): T {
  return items[draw(items.length)];
}

function range(bytes: Buffer, draw: Draw): [start: number, end: number] {
  const start = draw(bytes.length + 1);
  return [start, Math.min(bytes.length, start + draw(2 ** (1 + draw(10))))];
}

/** Replaces one match of a pattern. */
function replaceOne(bytes: Buffer, pattern: RegExp, replacement: string, draw: Draw): Buffer {
  const text = bytes.toString('latin1');
  const places = [...text.slice(0, 2 ** 20).matchAll(pattern)];
  if (places.length === 0) return bytes;
  const { index, 0: found } = pick(places, draw);
  const [before, after] = [text.slice(0, index), text.slice(index + found.length)];
  return Buffer.from(before + replacement + after, 'latin1');
}
