/** A tempo from a position on. */
export interface MeterTempo {
  /** Position in quarters from the beginning of the file. */
  readonly quarter: number;
  /** Time of the position. */
  readonly seconds: number;
  readonly secondsPerQuarter: number;
}

/** The tempos, time signatures and keys of a piece, each list in the order of its positions. */
export interface Meter {
  /** Tempos in order; the first is at 0. */
  readonly tempos: readonly MeterTempo[];
  /** Common time holds before the first of them. */
  readonly timeSignatures: readonly {
    readonly quarter: number;
    /** Number of beats in a bar, at least 1: 6 of 6/8. */
    readonly beats: number;
    /** The note value of a beat, a power of two: 8 of 6/8. */
    readonly beatType: number;
  }[];
  readonly keys: readonly {
    readonly quarter: number;
    /** `fifths` is the number of sharps, or of flats if it is negative, up to 7. */
    readonly key: { readonly fifths: number; readonly mode: 'major' | 'minor' };
  }[];
}

/** The position at a time, in quarters. */
export function quarterAt({ tempos }: Meter, seconds: number): number {
  const at = tempos[Math.max(0, firstIndex(tempos, (tempo) => tempo.seconds > seconds) - 1)];
  return at.quarter + (seconds - at.seconds) / at.secondsPerQuarter;
}

/**
 * The first index of an item that is late enough, by bisection; the number of items if none is.
 *
 * @param items - Sorted: items that are late enough come after all others.
 */
export function firstIndex<Item>(items: readonly Item[], isLate: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isLate(items[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * A meter whose piece ends at a time, for music that continues it: what changes later is left out, and from
 * the end on the median tempo of the piece holds.
 */
export function meterUntil(meter: Meter, seconds: number): Meter {
  const end = quarterAt(meter, seconds);
  const before = (item: { readonly quarter: number }): boolean => item.quarter < end;
  const tempos = meter.tempos.filter((tempo, i) => i === 0 || before(tempo));
  const lengths = tempos.map(({ quarter, secondsPerQuarter }, i) => {
    return { secondsPerQuarter, quarters: (tempos.at(i + 1)?.quarter ?? end) - quarter };
  });
  lengths.sort((a, b) => a.secondsPerQuarter - b.secondsPerQuarter);
  let left = end / 2;
  const median = lengths.find(({ quarters }) => (left -= quarters) <= 0) ?? lengths[0];
  const { secondsPerQuarter } = median;
  return {
    tempos: [...tempos, { quarter: end, seconds, secondsPerQuarter }],
    timeSignatures: meter.timeSignatures.filter(before),
    keys: meter.keys.filter(before),
  };
}
