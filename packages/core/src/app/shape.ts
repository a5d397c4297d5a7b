/** A mistake in a value: `expected a list of texts, got 5`. */
export interface Complaint {
  readonly expected: string;
  readonly got: unknown;
}

/** A call of a function whose result is checked. */
export interface CheckedCall {
  /** The function, with the argument that errors name: `./dna.js: textsOf of "ACG"`. */
  readonly name: string;
  readonly given: readonly unknown[];
  /** The object that has the function. */
  readonly owner: Readonly<Record<string, unknown>>;
}

/** Checks of a function's calls. */
export interface CallShape {
  /**
   * Kind of the result, and the treatment of errors.
   * - `free`: nothing is checked. Errors are thrown unchanged, because they are about a user's input.
   * - `any`: a result of any kind, checked by `result` and `item`. Errors are rethrown with the function's name.
   * - `now`: as `any`, but a Promise is refused.
   * - `later`: as `any`, for a Promise, which is awaited. Errors about its input data are thrown unchanged.
   * - `steps`: as `later`, for an async generator.
   */
  readonly returns: 'free' | 'any' | 'now' | 'later' | 'steps';
  /** Index of the argument that errors name, or a function that returns its text. */
  readonly of?: number | ((...given: never) => string);
  /** Name of the function in error messages; by default its path in the module, such as `data.readExamples`. */
  readonly name?: string;
  /** Checks a result; may throw an error that begins with the name of the call. */
  readonly result?: (value: unknown, call: CheckedCall) => Complaint | undefined;
  /** Checks an item of a result when it is read; throws an error that begins with the item. */
  readonly item?: (item: unknown, index: number, call: CheckedCall) => void;
  /** Form of a result that is an object with functions, which are checked in turn. A result may be `undefined`. */
  readonly gives?: Shape;
}

/**
 * Expected form of a value in a user's JavaScript module, such as an app. The command checks the value and names each
 * mistake.
 */
export interface Shape {
  /** Words for the form, in errors: `a function or none`. */
  readonly expected: string;
  fits(value: unknown): boolean;
  /** Shapes of the properties of an object, by name. */
  readonly parts?: Parts;
  /** Shape of every property, for an object whose properties may have any names. */
  readonly each?: Shape;
  /** Whether errors name a property without the object's name: `readExamples` instead of `data.readExamples`. */
  readonly isHidden?: boolean;
  /** Checks of the calls, if the value is a function; `free` by default. */
  readonly call?: CallShape;
}

/** The shapes of an object's properties, by name. */
export type Parts = Readonly<Record<string, Shape>>;

/** Returns the shape of a value that `fits` accepts; functions in the value are not checked. */
export function is(expected: string, fits: (value: unknown) => boolean): Shape {
  return { expected, fits };
}

/** Returns the shape of a function; `call` describes the checks of its calls. */
export function fn(call: CallShape = { returns: 'free' }): Shape {
  return { expected: 'a function', fits: (value) => typeof value === 'function', call };
}

/** Returns the shape of an object; `parts` are the shapes of its properties. */
export function object(parts?: Parts, more: Partial<Shape> = {}): Shape {
  const fits = (value: unknown): boolean => typeof value === 'object' && value !== null;
  return { expected: 'an object', fits, parts, ...more };
}

/** Returns the shape of a value that may be missing. */
export function optional(shape: Shape, expected = `${shape.expected} or none`): Shape {
  const fits = (value: unknown): boolean => value === undefined || shape.fits(value);
  return { ...shape, expected, fits };
}

/** Returns a check for `CallShape.result`: a result must pass the predicate; `expected` describes the form in words. */
export function returned(
  expected: string,
  fits: (value: unknown) => boolean,
): NonNullable<CallShape['result']> {
  return (value) => (fits(value) ? undefined : { expected, got: value });
}

/** Returns a value as an object whose properties can be read; an empty object for `undefined` and `null`. */
export function partsOf(value: unknown): Readonly<Record<string, unknown>> {
  return (value ?? {}) as Readonly<Record<string, unknown>>; // primitives have none of these parts
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** Whether a value is a file artifact. */
export function isFileArtifact(value: unknown): boolean {
  const { kind, extension, bytes } = partsOf(value);
  return kind === 'file' && typeof extension === 'string' && bytes instanceof Uint8Array;
}
