import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runHere } from '../test/run-here.js';

// From the reference's sampler: packages/music/fixtures/README.md.
const FIXTURE = new URL('../../../packages/music/fixtures/anticipation-sampled.jsonl', import.meta.url); // prettier-ignore
const [TIMES, FIRST_NOTE, REST, SEPARATOR, IDS] = [10_000, 11_000, 27_512, 55_025, 55_028];
const CONTROL = REST + 1;
/** Program of the given notes, which the fixture's model never writes. */
const TRUMPET = 56;
const WIDTH = 32;

type Triple = readonly [time: number, duration: number, note: number];

let folder: string;
let model: string;
/** Events of the reference, with steps from the beginning of the primer's or the given file. */
let expected: Readonly<Record<string, readonly Triple[]>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ramble-anticipation-'));
  const lines = (await readFile(FIXTURE, 'utf8')).trim().split('\n');
  const cases = lines.map((line) => JSON.parse(line) as { name: string; events: Triple[] });
  expected = Object.fromEntries(cases.map(({ name, events }) => [name, events]));
  await writeGpt2(join(folder, 'gpt2'));
  model = join(folder, 'run');
  await ramble('import', join(folder, 'gpt2'), '--out', model);
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes the model of the fixture as transformers saves it. */
async function writeGpt2(to: string): Promise<void> {
  const names = [0, 1].flatMap((i) => blockShapes(i));
  const shapes: [string, number[]][] = [
    ...names,
    ...[['ln_f.bias', [WIDTH]] as [string, number[]], ['ln_f.weight', [WIDTH]] as [string, number[]]],
    ...[['wpe.weight', [1024, WIDTH]] as [string, number[]], ['wte.weight', [IDS, WIDTH]] as [string, number[]]],
  ]; // prettier-ignore
  const header: Record<string, object> = {};
  const parts: Float32Array[] = [];
  let offset = 0;
  for (const [seed, [name, shape]] of shapes.entries()) {
    const values = valuesOf(name, shape, seed);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
    parts.push(values);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  const data = parts.map(({ buffer }) => Buffer.from(buffer));
  await mkdir(to);
  await writeFile(join(to, 'model.safetensors'), Buffer.concat([length, json, ...data]));
  const size = { vocab_size: IDS, n_positions: 1024, n_embd: WIDTH, n_layer: 2, n_head: 2 };
  const config = { model_type: 'gpt2', activation_function: 'gelu_new', layer_norm_epsilon: 1e-5 };
  await writeFile(join(to, 'config.json'), JSON.stringify({ ...config, ...size }));
}

/** Names and shapes of a block's parameters in the order of their names, whose indices are the seeds of the fixture. */
function blockShapes(i: number): [string, number[]][] {
  const shapes: [string, number[]][] = [];
  const add = (name: string, inputs: number, outputs: number): void => {
    shapes.push([`h.${i}.${name}.bias`, [outputs]]);
    shapes.push([`h.${i}.${name}.weight`, inputs === 0 ? [outputs] : [inputs, outputs]]);
  };
  add('attn.c_attn', WIDTH, 3 * WIDTH);
  add('attn.c_proj', WIDTH, WIDTH);
  add('ln_1', 0, WIDTH);
  add('ln_2', 0, WIDTH);
  add('mlp.c_fc', WIDTH, 4 * WIDTH);
  add('mlp.c_proj', 4 * WIDTH, WIDTH);
  return shapes;
}

/** Values of a parameter. Earlier times are likelier; rests and an instrument are never written. */
function valuesOf(name: string, shape: readonly number[], seed: number): Float32Array {
  const length = shape.reduce((product, each) => product * each, 1);
  if (shape.length === 1) {
    const values = new Float32Array(length).fill(name.includes('ln_') && name.endsWith('weight') ? 1 : 0); // prettier-ignore
    if (name === 'ln_f.weight') values[0] = 0;
    if (name === 'ln_f.bias') values[0] = 150;
    return values;
  }
  const values = hashed(length, seed, 0.5);
  if (name !== 'wte.weight') return values;
  const first = FIRST_NOTE + 128 * TRUMPET;
  for (let id = 0; id < IDS; id++) {
    const isHidden = id === REST || (id >= first && id < first + 128);
    values[id * WIDTH] = isHidden ? -1 : id < TIMES ? -id / TIMES : 0;
  }
  return values;
}

/** Numbers between -scale and scale by a hash of their indices, as in the fixture's program. */
function hashed(length: number, seed: number, scale: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    let x = i + seed * 1_000_003;
    for (const factor of [0x85ebca6b, 0xc2b2ae35]) x = Math.imul(x ^ (x >>> 16), factor) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    return (x / 2 ** 31 - 1) * scale;
  });
}

/** Runs a command and returns its standard output. */
async function ramble(verb: string, ...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(['anticipation', verb, ...words]);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Writes a MIDI file of events. */
async function writeMidi(name: string, events: readonly Triple[]): Promise<string> {
  const file = join(folder, name);
  const stdin = JSON.stringify(events.flat());
  const { status, stderr } = await runHere(['anticipation', 'decode', '-', '--out', file], {
    stdin,
  });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return file;
}

/** Samples without chance, with a window that slides before each event as in the reference. */
async function sample(
  name: string,
  ...words: string[]
): Promise<{ tokens: number[]; file: string }> {
  const file = join(folder, `${name}.mid`);
  const options = ['--top-p', '1e-9', '--slide-share', '0.003', '--out', file, '--json'];
  const line = await ramble('sample', '--model', model, ...options, ...words);
  return { ...(JSON.parse(line) as { tokens: number[] }), file };
}

/** Reads the events of an output, whose times count from the newest announced window. */
function eventsOf(tokens: readonly number[], first: number): Triple[] {
  const events: Triple[] = [];
  let base = first;
  for (let i = 0; i + 2 < tokens.length; i += 3) {
    const [time, duration, note] = tokens.slice(i, i + 3);
    if (time > SEPARATOR) base += note;
    else if (time < CONTROL && note !== REST) events.push([base + time, duration, note]);
  }
  return events;
}

describe('ramble anticipation sample', () => {
  it("continues a primer with the events that the reference's sampler chooses", async () => {
    const { continuation } = expected;
    const primer = await writeMidi('primer.mid', continuation.slice(0, 2));
    const length = ['--primer-seconds', '3', '--length-seconds', '77'];
    const { tokens } = await sample('more', '--primer', primer, ...length);
    const until = continuation.filter(([time]) => time < 8000);
    expect(until.length).toBeGreaterThan(350);
    expect(eventsOf(tokens, 5)).toEqual(until.slice(2));
  });

  it("accompanies given notes with the events that the reference's sampler chooses", async () => {
    const given = Array.from({ length: 40 }, (_, i): Triple => {
      return [60 + 300 * i, TIMES + 90, FIRST_NOTE + 128 * TRUMPET + 50 + (i % 24)];
    });
    const file = await writeMidi('given.mid', given);
    const tracks = ['--tracks', 'drums,0-55,57-127', '--length-seconds', '85'];
    const { tokens } = await sample('with', '--given', file, ...tracks);
    const until = expected.accompaniment.filter(([time]) => time < 8500);
    expect(until.length).toBeGreaterThan(330);
    expect(eventsOf(tokens, 60)).toEqual(until);
  });
});
