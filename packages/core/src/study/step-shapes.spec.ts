import { tinyGpt2 } from '../../test/tiny-gpt2.js';
import { stepShapes } from './study-prompt.js';

describe('stepShapes', () => {
  it('lists the shapes of every step, in order', () => {
    const [T, C, H, D, F, V] = [5, 12, 3, 4, 48, 31];
    const block = (layer: number): unknown[] =>
      Object.entries({
        norm1: [T, C],
        'attention.qkv': [T, 3 * C],
        'attention.query': [T, C],
        'attention.key': [T, C],
        'attention.value': [T, C],
        'attention.queryHeads': [H, T, D],
        'attention.keyHeads': [H, T, D],
        'attention.valueHeads': [H, T, D],
        'attention.scores': [H, T, T],
        'attention.masked': [H, T, T],
        'attention.weights': [H, T, T],
        'attention.mixed': [H, T, D],
        'attention.merged': [T, C],
        'attention.proj': [T, C],
        'attention.residual': [T, C],
        norm2: [T, C],
        'mlp.up': [T, F],
        'mlp.gelu': [T, F],
        'mlp.down': [T, C],
        'mlp.residual': [T, C],
      }).map(([name, shape]) => ({ name: `blocks.${layer}.${name}`, shape }));
    expect(stepShapes(tinyGpt2(), { tokens: [3, 1, 4, 1, 5] })).toEqual([
      { name: 'tokenEmbedding', shape: [T, C] },
      { name: 'positionEmbedding', shape: [T, C] },
      { name: 'input', shape: [T, C] },
      ...block(0),
      ...block(1),
      { name: 'finalNorm', shape: [T, C] },
      { name: 'logits', shape: [T, V] },
    ]);
  });
});
