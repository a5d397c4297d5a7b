import * as tf from '@tensorflow/tfjs-core';

import { golden, tinyGpt2 } from '../../test/tiny-gpt2.js';
import { forward, logitsOf } from './forward.js';
import type { Model } from './model.js';
import { shortenContext } from './shorten-context.js';

function logits({ config, parameters }: Model, tokens: Int32Array): Float32Array {
  return tf.tidy(() => {
    const tensors = parameters.tensors();
    const hidden = forward(config, tensors, { tokens, batchSize: 1 });
    return logitsOf(tensors, hidden).dataSync<'float32'>();
  });
}

describe('shortenContext', () => {
  it('computes the same on what still fits, and refuses more', () => {
    const model = tinyGpt2();
    const short = shortenContext(model, 5);
    const tokens = Int32Array.from(golden.inputIds[0].slice(0, 5));
    expect(logits(short, tokens)).toEqual(logits(model, tokens));
    expect(() => logits(short, Int32Array.of(...tokens, 1))).toThrow('1 to 5 tokens');
    for (const each of [model, short]) each.dispose();
  });

  it('cannot make a context longer', () => {
    const model = tinyGpt2();
    expect(() => shortenContext(model, 17)).toThrow(
      new RangeError(
        'contextLength: expected at most 16, which the model has positions for, got 17',
      ),
    );
    model.dispose();
  });
});
