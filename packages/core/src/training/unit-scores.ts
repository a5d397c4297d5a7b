/** A loss told in a unit, in which models with other tokens can be compared. */
export interface UnitScore {
  readonly kind: 'bits' | 'perplexity';
  readonly unit: string;
  readonly value: number;
}

/**
 * A loss by unit: in bits, and for words as a perplexity, as is the custom.
 *
 * @param nats - Of all tokens together.
 * @param units - How many units these tokens make, by name.
 */
export function unitScores(nats: number, units: Readonly<Record<string, number>>): UnitScore[] {
  return Object.entries(units)
    .filter(([, count]) => count > 0)
    .map(([unit, count]) =>
      unit === 'word'
        ? { kind: 'perplexity', unit, value: Math.exp(nats / count) }
        : { kind: 'bits', unit, value: nats / count / Math.LN2 },
    );
}
