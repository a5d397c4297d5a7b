import { optional, type Shape } from './shape.js';

/** The features of an app by name, each of the type that its definition has. */
export type Features = Readonly<Record<string, unknown>>;

/** An optional capability of apps. Each feature is defined in the package that uses it. */
export interface Feature<T> {
  readonly name: string;
  readonly shape: Shape;
  /** Returns the app's value of this feature; `undefined` if it has none. */
  of(app: { readonly features?: Features }): T | undefined;
  /** Returns an object with the value under the feature's name, to spread into an app's `features`. */
  with(value: T): Readonly<Record<string, T>>;
}

/**
 * Defines a feature of apps.
 *
 * @param name - Name of the feature in an app's `features`. If it is missing there, the app's member of that
 *   name is used.
 * @param shape - The form of the feature, by which modules of users are checked.
 */
export function defineFeature<T>(name: string, shape: Shape): Feature<T> {
  return {
    name,
    shape: shape.fits(undefined) ? shape : optional(shape),
    of: (app) => {
      const owner = (app.features?.[name] === undefined ? app : app.features) as Features;
      const value = owner[name];
      return (typeof value === 'function' ? (value.bind(owner) as unknown) : value) as
        T | undefined;
    },
    with: (value) => ({ [name]: value }),
  };
}
