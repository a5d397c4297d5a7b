import { defineFeature } from './app-features.js';
import { fn, object, optional } from './shape.js';

type Count = (example: string) => number;

const countFeature = defineFeature<Count>('count', fn());

describe('a feature', () => {
  it('is one of the features of an app, else the member of that name', () => {
    const features = countFeature.with((example) => example.length);
    expect(Object.keys(features)).toEqual(['count']);
    expect(countFeature.of({ features })!('abc')).toBe(3);
    const app: object = { count: () => 7 };
    expect(countFeature.of(app)!('abc')).toBe(7);
    expect(countFeature.of({ ...app, features })!('abc')).toBe(3);
    expect(countFeature.of({ ...app, features: {} })!('abc')).toBe(7);
    expect(countFeature.of({})).toBeUndefined();
  });

  it('calls a feature that is a function as a method of its owner', () => {
    class Own {
      readonly #more = 4;
      count(example: string): number {
        return example.length + this.#more;
      }
    }
    const count = countFeature.of(new Own() as object);
    expect(count!('abc')).toBe(7);
  });

  it('accepts a missing feature of any shape', () => {
    expect(countFeature.shape.expected).toBe('a function or none');
    expect([undefined, 5].map((value) => countFeature.shape.fits(value))).toEqual([true, false]);
    const shape = optional(object(), 'flags or none');
    expect(defineFeature('flags', shape).shape).toBe(shape);
  });
});
