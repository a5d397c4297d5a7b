import type { ActivationKind } from './activations.js';
import { type BlockFormat, blockFormat } from './block-format.js';
import { EIGHT_BITS, FOUR_BITS, toQ4Groups } from './block-layout.js';
import { F16, F32 } from './float-formats.js';
import { INT8 } from './int8-format.js';
import type { FormatName, LayoutName, WeightFormat } from './weight-format.js';

const asTheyLie = (piece: Uint8Array): Uint8Array => piece;

/** All formats of weights, from wide to narrow; the only table of them. */
export const FORMATS = {
  f32: F32,
  f16: F16,
  int8: INT8,
  q8: blockFormat({ name: 'q8', isChoice: false, ggml: { Q8_0: asTheyLie } }, EIGHT_BITS),
  q4: blockFormat(
    { name: 'q4', isChoice: true, ggml: { Q4_1: asTheyLie, Q4_0: toQ4Groups } },
    FOUR_BITS,
  ),
} as const satisfies Readonly<Record<FormatName, WeightFormat>>;

const ALL: readonly (WeightFormat | BlockFormat)[] = Object.values(FORMATS);

/** The formats that users may choose; all but `f32` are for inference only. */
export const FORMAT_CHOICES: readonly FormatName[] = ALL.filter(({ isChoice }) => isChoice).map(
  ({ name }) => name,
);

/** Returns the narrowest of some formats; f32 without any. */
export function narrowest(names: Iterable<LayoutName>): FormatName {
  const given = new Set(names);
  return ALL.reduce((found, { name }) => (given.has(name) ? name : found), F32.name);
}

/**
 * Returns what the weights of a product are kept as, so that they can be multiplied with activations of some
 * kind.
 *
 * @throws RangeError for weights of more than 8 bits with `int8`.
 */
export function formatFor(activations: ActivationKind, name: FormatName): FormatName {
  const format = activations === 'f32' ? name : FORMATS[name].withInt8;
  if (format) return format;
  const known = FORMAT_CHOICES.filter((choice) => FORMATS[choice].withInt8).join(' or ');
  throw new RangeError(
    `activations: expected f32 with weights of ${name}, got int8; choose weights of ${known} for it`,
  );
}

/** Returns the format that keeps tensors of a GGUF type bit for bit, if there is one. */
export function formatOfGgml(type: string): BlockFormat | undefined {
  return ALL.find(
    (format): format is BlockFormat => 'ggml' in format && Object.hasOwn(format.ggml, type),
  );
}
