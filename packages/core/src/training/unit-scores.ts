/** A loss told in a unit, in which models with other tokens can be compared. */
export interface UnitScore {
  readonly kind: 'bits' | 'perplexity' | 'nats';
  readonly unit: string;
  readonly value: number;
}

/** Units of music, whose losses are told in nats, as is the custom. */
const IN_NATS = ['note', 'second'];

/**
 * A loss by unit: in bits, for words as a perplexity and for music in nats, as is the custom.
 *
 * @param nats - Of all tokens together.
 * @param units - How many units these tokens make, by name.
 */
export function unitScores(nats: number, units: Readonly<Record<string, number>>): UnitScore[] {
  return Object.entries(units)
    .filter(([, count]) => count > 0)
    .map(([unit, count]): UnitScore => {
      const value = nats / count;
      if (unit === 'word') return { kind: 'perplexity', unit, value: Math.exp(value) };
      if (IN_NATS.includes(unit)) return { kind: 'nats', unit, value };
      return { kind: 'bits', unit, value: value / Math.LN2 };
    });
}
