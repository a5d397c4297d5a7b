import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import {
  curvature,
  names,
  optimizerRuns,
  shapes,
  start,
  target,
} from '../../test/optimizer-runs.js';
import { registerEngine } from '../engine/engine.js';
import { applyUpdate, createParameterStore, hostParameterStore } from './create-parameter-store.js';
import { clipFactor, type UpdateRule } from './optimizer.js';
import type { ParameterStore } from './parameter-store.js';
import type { ParameterSpec } from './parameter.js';

const specs = [{ name: 'w', shape: [2, 3], initializer: { kind: 'constant', value: 1 } }] as const;

describe('createParameterStore', () => {
  it('makes a store of zeros', () => {
    expect([...createParameterStore(specs).read('w')]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("makes the engine's own kind of store if it has one", async () => {
    tf.registerBackend('other', () => new MathBackendCPU());
    const own = hostParameterStore(specs);
    registerEngine({ name: 'other', kernels: {}, createParameterStore: () => own });
    expect(createParameterStore(specs)).not.toBe(own);
    await tf.setBackend('other');
    expect(createParameterStore(specs)).toBe(own);
    await tf.setBackend('cpu');
    tf.removeBackend('other');
  });
});

const rule: UpdateRule = {
  kind: 'adam',
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-8,
  weightDecay: 0,
  decay: 'decoupled',
  count: 1,
};

describe('hostParameterStore', () => {
  const specs: ParameterSpec[] = names.map((name) => ({
    name,
    shape: shapes[name],
    initializer: { kind: 'constant', value: 0 },
  }));
  function startedStore(): ParameterStore {
    const store = hostParameterStore(specs);
    for (const name of names) store.write(name, Float32Array.from(start[name]));
    return store;
  }
  const gradientsOf = (value: (name: string, i: number) => number): Record<string, tf.Tensor> =>
    Object.fromEntries(
      specs.map(({ name, shape }) => {
        const length = tf.util.sizeFromShape([...shape]);
        return [
          name,
          tf.tensor(
            Array.from({ length }, (_, i) => value(name, i)),
            [...shape],
          ),
        ];
      }),
    );

  // Vectors never decay in the store, so only runs without decay of vectors can be compared completely.
  const runs = optimizerRuns.filter(
    ({ decaysVectors, ruleAt }) => !decaysVectors || ruleAt(1).weightDecay === 0,
  );
  it.each(runs.map((run) => [run.name, run] as const))(
    "follows PyTorch's %s, clipping over all parameters together",
    (_, { ruleAt, clipNorm, gradNorms, after }) => {
      const store = startedStore();
      for (let step = 1; step <= 10; step++) {
        const current = Object.fromEntries(names.map((name) => [name, store.read(name)]));
        const gradients = gradientsOf(
          (name, i) => curvature[name as 'w'][i] * (current[name][i] - target[name as 'w'][i]), // one of names
        );
        const norm = store.update(gradients, ruleAt(step), clipNorm);
        expect([norm]).toBeAllClose([gradNorms[step - 1]], { rtol: 1e-5 });
        tf.dispose(gradients);
      }
      for (const name of names) {
        expect(store.read(name)).toBeAllClose(after.get(10)?.[name] ?? [], { atol: 1e-5 });
      }
    },
  );

  it('changes nothing if a gradient is not finite', () => {
    const store = startedStore();
    const norm = store.update(
      gradientsOf((name) => (name === 'b' ? NaN : 1)),
      rule,
      1,
    );
    expect(norm).toBeNaN();
    expect(
      store.update(
        gradientsOf(() => Infinity),
        rule,
        1,
      ),
    ).toBe(Infinity);
    for (const name of names) {
      expect(store.read(name)).toEqual(Float32Array.from(start[name]));
      expect(store.read(name, 'mean')).toEqual(new Float32Array(start[name].length));
    }
  });

  it('returns tensors of the current values, the same ones until the values change', () => {
    const store = startedStore();
    const before = store.tensors();
    expect(store.tensors().w).toBe(before.w);
    expect(before.w.shape).toEqual(shapes.w);
    store.update(
      gradientsOf(() => 1),
      rule,
      0,
    );
    expect(before.w.isDisposed).toBe(true);
    expect(store.tensors().w.dataSync()).toBeAllClose(start.w.map((value) => value - 0.1));
    store.write('w', new Float32Array(12).fill(5));
    expect([...store.tensors().w.dataSync()]).toEqual(new Array(12).fill(5));
    store.dispose();
  });

  it('keeps its tensors after the tidy of their first request', () => {
    const store = startedStore();
    tf.tidy(() => void store.tensors());
    expect(store.tensors().w.isDisposed).toBe(false);
    store.dispose();
  });

  it('reads copies of values and moments, and writes both', () => {
    const [one, other] = [startedStore(), startedStore()];
    one.update(
      gradientsOf(() => 1),
      rule,
      0,
    );
    for (const name of names) {
      other.write(name, one.read(name));
      other.write(name, one.read(name, 'mean'), 'mean');
      other.write(name, one.read(name, 'variance'), 'variance');
    }
    one.read('w').fill(0);
    for (const store of [one, other])
      store.update(
        gradientsOf(() => 2),
        { ...rule, count: 2 },
        0,
      );
    for (const name of names) expect(other.read(name)).toEqual(one.read(name));
  });

  it('refuses an unknown parameter, and values of another length', () => {
    const store = startedStore();
    expect(() => store.read('x')).toThrow(
      new RangeError('x: expected a parameter of this model, got an unknown name'),
    );
    expect(() => store.write('x', new Float32Array(3))).toThrow(
      new RangeError('x: expected a parameter of this model, got an unknown name'),
    );
    expect(() => store.write('w', new Float32Array(3))).toThrow(
      new RangeError('w: expected 12 values, got 3'),
    );
  });

  it('disposes of all tensors', () => {
    const before = tf.memory().numTensors;
    const store = startedStore();
    store.tensors();
    tf.tidy(
      () =>
        void store.update(
          gradientsOf(() => 1),
          rule,
          0,
        ),
    );
    store.tensors();
    store.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('applyUpdate', () => {
  it.each(optimizerRuns.map((run) => [run.name, run] as const))(
    "follows PyTorch's %s for ten steps",
    (_, { ruleAt, decaysVectors, clipNorm, losses, gradNorms, after }) => {
      const parameters = names.map((name) => ({
        name,
        values: Float32Array.from(start[name]),
        slots: {
          mean: new Float32Array(start[name].length),
          variance: new Float32Array(start[name].length),
        },
        decays: decaysVectors || name !== 'b',
      }));
      for (let step = 1; step <= 10; step++) {
        const offsets = parameters.map(({ name, values }) =>
          Array.from(values, (value, i) => value - target[name][i]),
        );
        const gradients = parameters.map(({ name }, p) =>
          offsets[p].map((offset, i) => curvature[name][i] * offset),
        );
        const loss = gradients
          .flatMap((gradient, p) => gradient.map((g, i) => 0.5 * g * offsets[p][i]))
          .reduce((sum, part) => sum + part, 0);
        const norm = Math.hypot(...gradients.flat());
        expect([loss, norm]).toBeAllClose([losses[step - 1], gradNorms[step - 1]], { rtol: 1e-5 });

        const scale = clipFactor(norm, clipNorm);
        parameters.forEach(({ values, slots, decays }, p) => {
          applyUpdate(ruleAt(step), values, gradients[p], (slot) => slots[slot], { scale, decays });
        });
        for (const { name, values } of parameters) {
          const expected = after.get(step)?.[name];
          if (expected) expect(values).toBeAllClose(expected, { atol: 1e-5 });
        }
      }
    },
  );
});
