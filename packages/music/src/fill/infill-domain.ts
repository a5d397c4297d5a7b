import type { Domain, Grammar, Random, TokenExample, TokenPrompt } from '@ramble/core';
import { cropOf } from '@ramble/core/domain';

/** Fraction of the training crops in which the music after a region comes first; the other crops are unchanged. */
const INFILL_SHARE = 0.5;
/** Number of region lengths, in bars or seconds, that have a marker each. Longer regions share the last marker. */
const LENGTHS = 32;
/** Index of the first of the three random numbers that a crop draws. Augmentations use lower indices. */
const FIRST_DRAW = 100;
/** Maximum fraction of the context for the music after the region, if a prompt is too long. */
const AFTER_SHARE = 0.5;

/** Positions of a region in the tokens of a crop, and the tokens that end the region and follow it. */
export interface CutCrop {
  /** Index of the first token of the region. `end` is the index of the first token after the region. */
  readonly start: number;
  readonly end: number;
  /** Tokens that end the region's music, such as the ends of its last notes; empty if the crop lacks some of them. */
  readonly closing: readonly number[];
  /** Tokens of the music after the region, encoded as a piece of its own. */
  readonly after: readonly number[];
  /** Length of the region in bars or seconds. */
  readonly length: number;
}

/**
 * Cuts the tokens of a crop at a region.
 *
 * @param from - Beginning of the region as a fraction of the crop, at least 0 and less than 1.
 * @param to - End of the region as a fraction of the crop, at least `from` and less than 1.
 * @returns `undefined` if the crop is too short for a region.
 */
export type CutRegion = (ids: readonly number[], from: number, to: number) => CutCrop | undefined;

/**
 * The prompt of an output that fills in a region. `after` is the music that follows the region; a domain with markers
 * puts it before the other tokens.
 */
export interface FillPrompt extends TokenPrompt {
  readonly after?: Pick<CutCrop, 'after' | 'length'>;
}

/**
 * Ids of a domain's markers: from `first` on, one for each region length, then the marker before the music that
 * precedes the region.
 */
export interface FillMarkers {
  readonly first: number;
}

/**
 * Two examples with the same region: one after the music on both sides of the region, one after the music on its left
 * side only.
 */
interface RegionReadings {
  readonly bothSides: TokenExample;
  readonly leftSide: TokenExample;
}

/** Members that a domain has if its models can fill in regions. */
export interface FillsIn<Example> {
  readonly markers: FillMarkers;
  /**
   * Chooses a random region of a piece, as in training, to compare a model's loss on it with and without the music
   * after it. Only the tokens of the region have loss weights.
   *
   * @param max - Maximum number of tokens.
   * @returns `undefined` if the piece is too short for a region.
   */
  readRegion(example: Example, max: number, random: Random): RegionReadings | undefined;
}

/**
 * Adds filling in to a domain of pieces. In half of the training crops, the music after a random region comes
 * first, behind a marker with the region's length; then follow a second marker, the music before the region,
 * and the region with a token that ends it (the order suffix, prefix, middle). The region continues the music
 * before it, so that grammars need no change.
 *
 * @param unit - Unit of the lengths, for descriptions of the markers.
 * @see Bavarian et al. 2022, section 3, https://arxiv.org/abs/2207.14255; Ens and Pasquier 2020, for bars of
 *   music, https://arxiv.org/abs/2008.06048
 */
export function infillDomain<
  Example extends object,
  Prompt,
  Output,
  D extends Domain<Example, Prompt, Output>,
>(
  domain: D & Domain<Example, Prompt, Output>,
  cut: CutRegion,
  unit: 'bars' | 'seconds',
): D & FillsIn<Example> {
  const first = domain.vocabulary.size;
  const markers = { first };
  const crop = cropOf(domain);
  return {
    ...domain,
    markers,
    vocabulary: {
      size: first + LENGTHS + 1,
      describe: (id) => describeMarker(id - first, unit) ?? domain.vocabulary.describe(id),
    },
    encodeExample: (example) => {
      const encoded = domain.encodeExample(example);
      return 'places' in example ? { ...encoded, places: example.places } : encoded;
    },
    encodePrompt: (prompt) => {
      const { after, ...encoded }: FillPrompt = domain.encodePrompt(prompt);
      return after ? { ...encoded, tokens: suffixFirst(after, encoded.tokens, first) } : encoded;
    },
    decodeOutput: (tokens) => domain.decodeOutput(ownTokens(tokens, first)),
    augment: (example, random) => {
      const varied = domain.augment ? domain.augment(example, random) : example;
      if (!varied || random.uniform(FIRST_DRAW) >= INFILL_SHARE) return varied;
      return { ...varied, places: randomPlaces(random) };
    },
    crop: (example, start, max) => {
      if (!('places' in example)) return crop(example, start, max);
      const [from, to] = example.places as readonly number[]; // as `augment` made it
      const part = crop(example, start, max - 2);
      const pieces = cut(Array.from(part.tokens), from, to);
      return pieces ? infillExample(part, pieces, first, max) : part;
    },
    cutPrompt: (prompt, room) => {
      const tokens = Array.from(prompt.tokens);
      const at = beforeMarker(tokens, first);
      const kept = Math.floor(room * AFTER_SHARE);
      if (at <= kept) return prompt;
      return { ...prompt, tokens: [...tokens.slice(0, kept), ...tokens.slice(at)] };
    },
    ...(domain.grammar && { grammar: grammarWithMarkers(domain.grammar, markers) }),
    readRegion: (example, max, random) => {
      const whole = domain.encodeExample(example);
      const starts = Math.max(1, whole.tokens.length - max);
      const part = crop(whole, random.integer(FIRST_DRAW + 3, starts), max - 2);
      const [from, to] = randomPlaces(random);
      const pieces = cut(Array.from(part.tokens), from, to);
      return pieces && regionReadings(part, pieces, first, max);
    },
  };
}

/**
 * Returns the region of a crop as two examples, with the loss on the region only. The music after the region is
 * shortened if the example would exceed `max` tokens.
 */
function regionReadings(
  { tokens }: TokenExample,
  { start, end, after, length }: CutCrop,
  first: number,
  max: number,
): RegionReadings {
  const own = Array.from(tokens).slice(0, end);
  const shortened = after.slice(0, Math.max(0, max - 2 - end));
  const counted = (ids: readonly number[]): TokenExample => ({
    tokens: ids,
    lossWeights: ids.map((_, i) => (i < ids.length - (end - start) ? 0 : 1)),
  });
  return {
    bothSides: counted(suffixFirst({ after: shortened, length }, own, first)),
    leftSide: counted(own),
  };
}

/** Draws the beginning and the end of a region as fractions of a crop, in ascending order. */
function randomPlaces(random: Random): [from: number, to: number] {
  const [one, other] = [random.uniform(FIRST_DRAW + 1), random.uniform(FIRST_DRAW + 2)];
  return [Math.min(one, other), Math.max(one, other)];
}

/**
 * Adapts a grammar to the prompts of a domain with markers: it reads only the music before the region and the region,
 * and a window that slides keeps the music after the region. Without markers, returns the grammar unchanged.
 */
export function grammarWithMarkers<State>(
  grammar: Grammar<State>,
  markers: FillMarkers | undefined,
): Grammar<State> {
  if (!markers) return grammar;
  const { first } = markers;
  return {
    ...grammar,
    start: (prompt) =>
      grammar.start({ ...prompt, tokens: ownTokens(Array.from(prompt.tokens), first) }),
    restate: (forgotten) => {
      const ids = Array.from(forgotten);
      const at = beforeMarker(ids, first);
      if (at < 0 && ids.at(0) !== undefined && ids[0] >= first) return ids;
      const own = ids.slice(at + 1);
      const restated = own.length > 0 ? grammar.restate?.(own) : undefined;
      return [...ids.slice(0, at + 1), ...Array.from(restated ?? [])];
    },
  };
}

function suffixFirst(
  { after, length }: Pick<CutCrop, 'after' | 'length'>,
  before: ArrayLike<number>,
  first: number,
): number[] {
  const marker = first + Math.min(LENGTHS, Math.max(1, Math.round(length))) - 1;
  return [marker, ...after, first + LENGTHS, ...Array.from(before)];
}

/**
 * Moves the music after the region of a crop to the front. It is shortened if the example would exceed `max` tokens.
 */
function infillExample(
  { tokens, lossWeights }: TokenExample,
  { end, closing, after, length }: CutCrop,
  first: number,
  max: number,
): TokenExample {
  const own = Array.from(tokens).slice(0, end);
  const weights = Array.from(lossWeights).slice(0, end);
  const room = Math.max(0, max - 2 - end);
  const last = closing.length <= room ? closing : [];
  const shortened = after.slice(0, room - last.length);
  return {
    tokens: suffixFirst({ after: shortened, length }, [...own, ...last], first),
    lossWeights: [
      0,
      ...shortened.map(() => 1),
      ...[0, 0], // the marker, and the first token after it
      ...weights.slice(1),
      ...last.map(() => 1),
    ],
  };
}

/** Returns the index of the marker before the music that precedes the region; -1 if the tokens have none. */
function beforeMarker(ids: readonly number[], first: number): number {
  return ids.length > 0 && ids[0] >= first ? ids.indexOf(first + LENGTHS) : -1;
}

/**
 * Returns the music before the region, and the region: all tokens after the second marker. Without markers, returns
 * all tokens.
 */
function ownTokens(ids: readonly number[], first: number): readonly number[] {
  return ids.slice(beforeMarker(ids, first) + 1);
}

function describeMarker(marker: number, unit: string): string | undefined {
  if (marker < 0 || marker > LENGTHS) return undefined;
  return marker === LENGTHS
    ? 'music before the region'
    : `music after a region of ${marker + 1}${marker + 1 === LENGTHS ? ' or more' : ''} ${unit}`;
}
