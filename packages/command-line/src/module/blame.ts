import { showValue } from './show-value.js';

/**
 * Calls a function of a module, and names it in the error that it throws.
 *
 * @param name - The function, and what it was called with: `./dna.js: encodeExample of "ACX"`.
 */
export function blame<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw blamed(name, error);
  }
}

/** Like `blame`, for a function that must return its result at once and not a Promise of it. */
export function blameNow<T>(name: string, act: () => T): T {
  const result = blame(name, act);
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined); // it is refused whatever comes of it
  throw new TypeError(`${name}: expected a synchronous result, got ${showValue(result)}`);
}

/**
 * Like `blame`, for a function whose result comes later.
 *
 * @param excused - Errors that are not its own but of what it was given.
 */
export async function blameLater<T>(
  name: string,
  act: () => T,
  excused?: ReadonlySet<unknown>,
): Promise<Awaited<T>> {
  try {
    return await act();
  } catch (error) {
    throw excused?.has(error) ? error : blamed(name, error);
  }
}

/** Like `blame`, for each step of a generator. */
export async function* blameSteps<T>(
  name: string,
  steps: AsyncIterable<T>,
  excused?: ReadonlySet<unknown>,
): AsyncGenerator<T> {
  try {
    yield* steps;
  } catch (error) {
    throw excused?.has(error) ? error : blamed(name, error);
  }
}

/** Goes on with a source as it is, and keeps what it throws, for `excused`. */
export async function* keepErrors<T>(
  source: AsyncIterable<T>,
  errors: Set<unknown>,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    errors.add(error);
    throw error;
  }
}

/** The error of a function of that name. */
export function blamed(name: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`${name}: ${reason}`, { cause: error });
}
