import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { currentEngine } from '../ops/define-op.js';
import { encodeFloat16 } from '../parameters/float16.js';
import { softmax } from '../sampling/filters/softmax.js';
import { type Engine, type LoadedEngine, loadFirstEngine, registerEngine } from './engine.js';

let loaded: string[];

function engine(name: string, obstacle?: string): Engine {
  return {
    name,
    description: name,
    check: () => Promise.resolve(obstacle),
    load: () => {
      loaded.push(name);
      return Promise.resolve();
    },
  };
}

describe('loadFirstEngine', () => {
  beforeEach(() => (loaded = []));

  it('loads the first engine that runs, and reports why earlier ones cannot run', async () => {
    const reported: string[] = [];
    const engines = [engine('a', 'no compiler'), engine('b'), engine('c')];
    const found = await loadFirstEngine(engines, ({ name }, obstacle) => {
      reported.push(`${name}: ${obstacle}`);
    });
    expect([found.name, loaded, reported]).toEqual(['b', ['b'], ['a: no compiler']]);
  });

  it('throws if no engine runs on this machine', async () => {
    await expect(loadFirstEngine([engine('a', 'no compiler')])).rejects.toThrow(
      new Error('engine: expected one that runs on this machine, got none'),
    );
    expect(loaded).toEqual([]);
  });
});

const answer =
  (value: number): tf.KernelFunc =>
  () =>
    tf.scalar(value);

beforeAll(() => {
  tf.registerBackend('own', () => new MathBackendCPU());
  tf.copyRegisteredKernels('cpu', 'own');
});
beforeEach(() => tf.setBackend('own'));
afterAll(async () => {
  await tf.setBackend('cpu');
  tf.removeBackend('own');
});

describe('registerEngine', () => {
  it("registers the engine's kernels with tfjs in place of its backend's kernels", () => {
    registerEngine({ name: 'own', kernels: { Exp: answer(7), Own: answer(8) } });
    expect(tf.exp(0).dataSync()[0]).toBe(7);
    const own: tf.Tensor = tf.engine().runKernel('Own', {});
    expect(own.dataSync()[0]).toBe(8);
    expect(tf.neg(1).dataSync()[0]).toBe(-1);
  });

  it('makes the engine current while its backend is current', async () => {
    const engine: LoadedEngine = { name: 'own', kernels: {} };
    registerEngine(engine);
    expect(currentEngine()).toBe(engine);
    await tf.setBackend('cpu');
    expect(currentEngine()).toBeUndefined();
  });

  it('replaces an engine of the same name completely', () => {
    registerEngine({ name: 'own', kernels: {}, roundToFloat16: () => 0 });
    registerEngine({ name: 'own', kernels: {} });
    const current: LoadedEngine | undefined = currentEngine();
    expect(current).toEqual({ name: 'own', kernels: {} });
  });

  it('refuses a name that tfjs does not know', () => {
    expect(() => registerEngine({ name: 'owm', kernels: {} })).toThrow(
      new RangeError(
        'engine: expected the name of a tfjs backend, got owm; call tf.registerBackend first',
      ),
    );
  });
});

describe('an engine with its own softmax and rounding', () => {
  const rounded: number[] = [];
  beforeEach(() => {
    rounded.length = 0;
    registerEngine({
      name: 'own',
      kernels: {},
      softmax: (_, probabilities) => {
        probabilities?.fill(0.25);
        return 5;
      },
      roundToFloat16: (values, into) => {
        rounded.push(...values);
        into[0] = 0x4200; // 3
        return 1;
      },
    });
  });

  it('computes the softmax', async () => {
    expect([...softmax(new Float32Array(2))]).toEqual([0.25, 0.25]);
    await tf.setBackend('cpu');
    expect([...softmax(new Float32Array(2))]).toEqual([0.5, 0.5]);
  });

  it('rounds to 16 bits, and core rounds the rest', async () => {
    const bits = new Uint16Array(2);
    encodeFloat16(Float32Array.of(1, 2), bits);
    expect([rounded, [...bits]]).toEqual([
      [1, 2],
      [0x4200, 0x4000],
    ]);
    await tf.setBackend('cpu');
    encodeFloat16(Float32Array.of(1, 2), bits);
    expect([...bits]).toEqual([0x3c00, 0x4000]);
  });
});
