import { modelConfig } from '../config/model-config.js';
import type { Rotation } from '../positions/rotary.js';
import { decoderOf, type Layer } from './decoder.js';
import { lowerModel } from './lower-model.js';
import { createModel, withConfig } from './model.js';

const shape = { vocabSize: 7, contextLength: 5, nLayer: 5, nHead: 3, nEmbd: 6 };

/** Returns the rotation of a layer; `undefined` if the layer does not rotate. */
function rotationIn({ positions }: Layer): Rotation | undefined {
  let found: Rotation | undefined;
  positions.turn(0, {
    positionVectors: () => 0,
    add: () => 0,
    rotate: (_, rotation) => {
      found = rotation;
      return 0;
    },
  });
  return found;
}

describe('decoderOf', () => {
  it('repeats the patterns of attention and positions over the layers', () => {
    const { layers } = decoderOf(
      modelConfig({ ...shape, attention: 'causal,window', window: 2, positions: 'rotary,none' }),
    );
    expect(layers.map(({ name }) => name)).toEqual([0, 1, 2, 3, 4].map((i) => `blocks.${i}`));
    expect(layers.map(({ attention }) => attention.firstSeen(4))).toEqual([0, 3, 0, 3, 0]);
    expect(layers.map((layer) => rotationIn(layer) !== undefined)).toEqual([
      ...[true, false, true, false, true],
    ]);
  });

  it('has one object for all layers with the same rotation', () => {
    const rotary = { ...shape, attention: 'causal,window', positions: 'rotary' } as const;
    const rotationsOf = (ropeWindowTheta?: number): number =>
      new Set(decoderOf(modelConfig({ ...rotary, ropeWindowTheta })).layers.map(rotationIn)).size;
    expect([rotationsOf(), rotationsOf(500)]).toEqual([1, 2]);
  });

  it.each([
    ['causal', 'input', [5, false, false]],
    ['causal', 'none', [5, false, true]],
    ['prefix', 'none', [5, true, false]],
    ['local,causal', 'none', [5, false, false]],
    ['transformer-xl', 'none', [Infinity, false, false]],
  ] as const)(
    'combines the properties of layers of %s and positions of %s',
    (attention, positions, expected) => {
      const decoder = decoderOf(modelConfig({ ...shape, attention, positions }));
      expect([decoder.maxPositions, decoder.hasPrefix, decoder.isMovable]).toEqual(expected);
      expect(decoder.remembersSegments).toBe(decoder.maxPositions === Infinity);
    },
  );

  it('is called once for a model, whose config stays unchanged', () => {
    const model = createModel(shape);
    expect(model.decoder.config).toBe(model.config);
    expect(JSON.stringify(model.config)).toBe(JSON.stringify(modelConfig(shape)));
    model.dispose();
  });

  it('follows the settings of a model that withConfig changes', () => {
    const model = createModel({ ...shape, attention: 'transformer-xl', memory: 2 });
    const longer = withConfig(model, modelConfig({ ...model.config, memory: 9 }));
    expect(longer.parameters).toBe(model.parameters);
    expect(longer.decoder.config.memory).toBe(9);
    const [before, after] = [model, longer].map(({ decoder }) => decoder.layers[0].attention);
    expect([before.firstSeen(12), after.firstSeen(12)]).toEqual([8, 1]);
    model.dispose();
  });
});

it('a model with position vectors that are not learned has no list of ops', () => {
  const decoder = decoderOf(modelConfig(shape));
  const withVectors = (areLearned: boolean): typeof decoder => ({
    ...decoder,
    inputPositions: {
      ...decoder.inputPositions,
      add: (x, ops) => {
        const at = (): never => {
          throw new Error('at: expected no call');
        };
        return ops.add(x, ops.positionVectors({ name: 'positionEmbedding', areLearned, at }));
      },
    },
  });
  expect(lowerModel(withVectors(true))).toEqual(lowerModel(decoder));
  expect(lowerModel(withVectors(false))).toBeUndefined();
});
