import { parseJson, shownText, shownValue } from '@ramble/core/files';

/**
 * A step of a chorale: the pitches of soprano, alto, tenor and bass; `SILENT` for a voice that
 * rests.
 */
export type ChoraleStep = readonly [number, number, number, number];

/**
 * A chorale on a grid of sixteenths. Notes that are held and that are repeated are not told apart.
 */
export type Chorale = readonly ChoraleStep[];

export const VOICES = 4;
export const SILENT = -1;

/**
 * The chorales of a JSON file: a list of them, each a list of steps, each four pitches.
 *
 * @param name - Of the file, for error messages.
 * @throws RangeError that names the place.
 * @see https://github.com/czhuang/JSB-Chorales-dataset, `Jsb16thSeparated.json`
 */
export function parseChorales(name: string, text: string): readonly Chorale[] {
  let parsed: unknown;
  try {
    parsed = parseJson(text);
  } catch (cause) {
    throw new RangeError(`${name}: expected JSON, got other text`, { cause });
  }
  if (!Array.isArray(parsed)) {
    throw new RangeError(`${name}: expected a list of chorales, got ${describeOther(parsed)}`);
  }
  return parsed.map((chorale: unknown, i) => {
    const place = `${name}: chorale ${i + 1}`;
    if (!Array.isArray(chorale) || chorale.length === 0) {
      throw new RangeError(`${place}: expected a list of steps, got ${show(chorale)}`);
    }
    return chorale.map((step: unknown, at) => checkStep(`${place}, step ${at + 1}`, step));
  });
}

/** What is no list; of the data set's own file, with a way out: its lists are to be kept apart. */
function describeOther(parsed: unknown): string {
  const fields = typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : [];
  if (!fields.includes('train')) return show(parsed);
  return `several: ${shownText(fields.join(', '))}. The corpus jsb-chorales has each list in a file of its own`;
}

function checkStep(place: string, step: unknown): ChoraleStep {
  const isStep =
    Array.isArray(step) &&
    step.length === VOICES &&
    step.every((pitch) => Number.isInteger(pitch) && pitch >= SILENT && pitch < 128);
  if (isStep) return step as unknown as ChoraleStep; // as just checked
  throw new RangeError(`${place}: expected four pitches from -1 to 127, got ${show(step)}`);
}

function show(value: unknown): string {
  return shownValue(value, 40);
}
