import * as tf from '@tensorflow/tfjs-core';

import { randomValues } from '../../test/random-values.js';
import { frozenParameterStore } from './frozen-parameter-store.js';
import type { UpdateRule } from './optimizer.js';
import type { ParameterSpec } from './parameter.js';
import { FORMATS } from './weight-formats.js';

const specs: ParameterSpec[] = [
  { name: 'w', shape: [3, 70], initializer: { kind: 'constant', value: 0 } },
  { name: 'b', shape: [70], initializer: { kind: 'constant', value: 0 } },
];
const values = randomValues(210, 1);

describe('frozenParameterStore', () => {
  it.each([
    ['f16', 2, 0],
    ['int8', 1, 4 * 2],
  ] as const)(
    'stores %s matrices in %d bytes a number, and vectors in 32 bits',
    (kind, bytes, scales) => {
      const store = frozenParameterStore(specs, kind);
      store.write('w', values);
      store.write('b', values.subarray(0, 70));
      expect(store.read('b')).toEqual(values.slice(0, 70));
      expect(store.read('w')).toBeAllClose(values, { atol: 0.02, rtol: 0 });
      const arrays = Object.values(store.stored('w')).filter((field) => ArrayBuffer.isView(field));
      expect(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(
        210 * bytes + 3 * scales,
      );
    },
  );

  it('stores the layers of a q4 model in blocks, and tables in 16 bits', () => {
    const initializer = { kind: 'constant', value: 0 } as const;
    const store = frozenParameterStore(
      [
        { name: 'a.weight', shape: [33, 17], initializer },
        { name: 'a.bias', shape: [17], initializer },
        { name: 'tokens.weight', shape: [33, 17], initializer, rows: 'tokens' },
        { name: 'positions.weight', shape: [33, 17], initializer, rows: 'positions' },
        { name: 'a.distances.weight', shape: [33, 17], initializer },
      ],
      'q4',
    );
    const stored = store.specs.map(({ name }) => store.stored(name));
    expect(stored.map(({ layout }) => layout.name)).toEqual(['q4', 'f32', 'q4', 'f16', 'f16']);
    expect(stored.map(({ layout, array }) => (layout.name === 'q4' ? array.length : 0))).toEqual([
      2 * 2 * 320, // two panels of 17 outputs, two groups of 33 inputs
      0,
      3 * 320,
      0,
      0,
    ]);
  });

  it('stores each parameter in the format that its name selects', () => {
    const store = frozenParameterStore(specs, ({ name }) => FORMATS[name === 'w' ? 'q8' : 'f32']);
    expect([store.stored('w').layout.name, store.stored('b').layout.name]).toEqual(['q8', 'f32']);
    expect(() => store.read('w', 'mean')).toThrow(
      new TypeError(
        'parameters: expected f32 weights to train, got those of a model for inference',
      ),
    );
  });

  it('returns cached tensors of the stored values, and new ones after a write', () => {
    const store = frozenParameterStore(specs, 'int8');
    const before = tf.memory().numTensors;
    store.tensors();
    store.writeRows('w', 1, values.subarray(0, 140));
    const { w } = store.tensors();
    expect(w.shape).toEqual([3, 70]);
    expect(w.dataSync()).toEqual(store.read('w'));
    expect(store.tensors().w).toBe(w);
    store.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses to be trained', () => {
    const store = frozenParameterStore(specs, 'f16');
    const error = new TypeError('parameters: expected f32 weights to train, got f16');
    const rule: UpdateRule = {
      kind: 'sgd',
      learningRate: 1,
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
    };
    expect(() => store.update({}, rule, 0)).toThrow(error);
    expect(() => store.read('w', 'mean')).toThrow(error);
    expect(() => store.write('w', values, 'mean')).toThrow(error);
  });

  it('refuses values that do not fit, by name', () => {
    const store = frozenParameterStore(specs, 'f16');
    expect(() => store.read('x')).toThrow(
      new RangeError('x: expected a parameter of this model, got an unknown name'),
    );
    expect(() => store.write('w', values.subarray(1))).toThrow(
      new RangeError('w: expected 210 values, got 209'),
    );
    expect(() => store.writeRows('w', 1, values)).toThrow(
      new RangeError('w: expected at most 2 rows of 70 values, got 210 values'),
    );
    expect(() => store.writeRows('w', 0, values.subarray(1, 70))).toThrow(
      new RangeError('w: expected at most 3 rows of 70 values, got 69 values'),
    );
    expect(() => store.writeRows('w', 0, new Float32Array(70).fill(1e6))).toThrow(
      'w: expected numbers of at most 65504 for f16, got 1000000',
    );
  });
});
