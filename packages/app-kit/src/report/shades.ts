/** Shades from the faintest to the strongest. */
const LEVELS = 16;
/** Of the strongest, so that text stays readable on it. */
const OPAQUE = 0.8;
const HUE = '66 105 208';

/** CSS of the classes that `shadeClass` and `fillClass` name. */
export const SHADE_STYLE = Array.from({ length: LEVELS }, (_, i) => {
  const colour = `rgb(${HUE} / ${((OPAQUE * (i + 1)) / LEVELS).toFixed(2)})`;
  return `.s${i + 1} { background: ${colour}; } .f${i + 1} { fill: ${colour}; }`;
}).join('\n');

/** How strong a share of 1 is shown: 0 for hardly any, then 1 to `LEVELS`; small ones can be told apart. */
export function shadeLevel(share: number): number {
  return Math.round(LEVELS * Math.sqrt(share));
}

/** The attribute of an element whose background shows a share of 1. */
export function shadeClass(share: number): string {
  const level = shadeLevel(share);
  return level === 0 ? '' : ` class="s${level}"`;
}
