import type { Part, Rules } from './rules.js';

/** Limits of a number; each may be exclusive. */
export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly excludesMin: boolean;
  readonly excludesMax: boolean;
}

/**
 * Maximum number of digits before or after the point, about the precision of a double. Without a limit, some models
 * write digits for ever.
 */
const MAX_DIGITS = 16;
const DIGITS = [0x30, 0x39] as const;

/** Makes grammar parts that match numbers in JSON. */
export class JsonNumbers {
  readonly #digit: Part;
  readonly #positive: Part;

  constructor(private readonly rules: Rules) {
    this.#digit = rules.range(...DIGITS);
    const more = rules.repeat(this.#digit, 0, MAX_DIGITS - 1);
    this.#positive = rules.sequence([rules.range(0x31, 0x39), more]);
  }

  /** Returns the part that matches any integer. */
  integer(): Part {
    const { rules } = this;
    const sign = rules.optional(rules.text('-'));
    return rules.choice([rules.text('0'), rules.sequence([sign, this.#positive])]);
  }

  /** Returns the part that matches any number. Exponents have at most two digits, so that the number is finite. */
  number(): Part {
    const { rules } = this;
    const fraction = rules.sequence([rules.text('.'), rules.repeat(this.#digit, 1, MAX_DIGITS)]);
    const sign = rules.choice([rules.text('+'), rules.text('-'), rules.empty]);
    const exponent = [rules.choice([rules.text('e'), rules.text('E')]), sign, rules.repeat(this.#digit, 1, 2)]; // prettier-ignore
    return rules.sequence([
      rules.optional(rules.text('-')),
      rules.choice([rules.text('0'), this.#positive]),
      rules.optional(fraction),
      rules.optional(rules.sequence(exponent)),
    ]);
  }

  /** Returns the part that matches the integers within limits. */
  integersWithin({ min, max, excludesMin, excludesMax }: NumberLimits): Part {
    const low = excludesMin ? Math.floor(min) + 1 : Math.ceil(min);
    const high = excludesMax ? Math.ceil(max) - 1 : Math.floor(max);
    return this.rules.choice([
      this.rules.sequence([this.rules.text('-'), this.#naturals(Math.max(1, -high), -low)]),
      this.#naturals(Math.max(0, low), high),
    ]);
  }

  /** Returns the part that matches the integers from `low`, at least 0, to `high`. */
  #naturals(low: number, high: number): Part {
    const { rules } = this;
    const parts: Part[] = [];
    if (high < low) return rules.nothing;
    const first = decimal(low).whole;
    const last = high === Infinity ? '9'.repeat(Math.max(first.length, MAX_DIGITS)) : decimal(high).whole; // prettier-ignore
    for (let length = first.length; length <= last.length; length++) {
      const from = length === first.length ? first : `1${'0'.repeat(length - 1)}`;
      const to = length === last.length ? last : '9'.repeat(length);
      parts.push(rules.between(bytesOf(from), bytesOf(to), DIGITS));
    }
    return rules.choice(parts);
  }

  /** Returns the part that matches the numbers within limits, without exponents. */
  numbersWithin({ min, max, excludesMin, excludesMax }: NumberLimits): Part {
    const { rules } = this;
    if (min > max) return rules.nothing;
    const negative: NumberLimits = {
      ...{ min: Math.max(0, -max), excludesMin: max <= 0 && excludesMax },
      ...{ max: -min, excludesMax: excludesMin },
    };
    const positive: NumberLimits = {
      ...{ min: Math.max(0, min), excludesMin: min >= 0 && excludesMin },
      ...{ max, excludesMax },
    };
    return rules.choice([
      ...(min < 0 ? [rules.sequence([rules.text('-'), this.#magnitudes(negative)])] : []),
      ...(max < 0 ? [] : [this.#magnitudes(positive)]),
    ]);
  }

  /** Returns the part that matches the numbers without a sign within limits. */
  #magnitudes({ min, max, excludesMin, excludesMax }: NumberLimits): Part {
    const { rules } = this;
    const from = decimal(min);
    const to = max === Infinity ? undefined : decimal(max);
    const [first, last] = [Number(from.whole), to ? Number(to.whole) : Infinity];
    const room = Math.max(1, MAX_DIGITS - 1 - (to ?? from).whole.length);
    const low = { digits: from.fraction, isExclusive: excludesMin };
    const high = to && { digits: to.fraction, isExclusive: excludesMax };
    if (first === last) {
      return rules.sequence([rules.text(from.whole), this.#fraction(room, low, high)]);
    }
    return rules.choice([
      rules.sequence([rules.text(from.whole), this.#fraction(room, low)]),
      rules.sequence([this.#naturals(first + 1, last - 1), this.#fraction(room)]),
      ...(to
        ? [rules.sequence([rules.text(to.whole), this.#fraction(room, undefined, high)])]
        : []),
    ]);
  }

  /**
   * Returns the part that matches a decimal point and fraction within limits. If 0 is within them, the fraction may be
   * missing.
   *
   * @param room - Maximum number of digits.
   */
  #fraction(room: number, low?: Limit, high?: Limit): Part {
    const { rules } = this;
    const digits = this.#digits(room, low, high);
    const isZero = isZeroWithin(low, high);
    const fraction = rules.sequence([rules.text('.'), digits]);
    return isZero ? rules.optional(fraction) : fraction;
  }

  /** Returns the part that matches the digits after the point within limits, at least one digit. */
  #digits(room: number, low: Limit | undefined, high: Limit | undefined): Part {
    const { rules } = this;
    if (room === 0) return rules.nothing;
    if (low && low.digits === '' && !low.isExclusive) return this.#digits(room, undefined, high);
    if (!low && !high) return rules.repeat(this.#digit, 1, room);
    const options: Part[] = [];
    for (let digit = 0; digit < 10; digit++) {
      const least = Number(low?.digits[0] ?? 0);
      const most = Number(high?.digits[0] ?? 0);
      if ((low && digit < least) || (high && digit > most)) continue;
      const nextLow = low && digit === least ? tail(low) : undefined;
      const nextHigh = high && digit === most ? tail(high) : undefined;
      const more = this.#digits(room - 1, nextLow, nextHigh);
      const rest = isZeroWithin(nextLow, nextHigh) ? rules.optional(more) : more;
      options.push(rules.sequence([rules.text(`${digit}`), rest]));
    }
    return rules.choice(options);
  }
}

/** Lower or upper limit of a fraction: its digits after the point, such as `25` for 0.25. */
interface Limit {
  readonly digits: string;
  readonly isExclusive: boolean;
}

function tail({ digits, isExclusive }: Limit): Limit {
  return { digits: digits.slice(1), isExclusive };
}

function isZeroWithin(low: Limit | undefined, high: Limit | undefined): boolean {
  return (!low || (low.digits === '' && !low.isExclusive)) && (!high || high.digits !== '' || !high.isExclusive); // prettier-ignore
}

function bytesOf(digits: string): readonly number[] {
  return Array.from(digits, (digit) => digit.charCodeAt(0));
}

/** Splits a number of at least 0 into the digits before and after its decimal point. */
function decimal(value: number): { readonly whole: string; readonly fraction: string } {
  const [mantissa, exponent = '0'] = String(value).split('e');
  const [before, after = ''] = mantissa.split('.');
  const shift = Number(exponent);
  const digits =
    shift < 0 ? '0'.repeat(-shift) + before + after : before + after.padEnd(shift, '0');
  const point = shift < 0 ? before.length : before.length + shift;
  return {
    whole: digits.slice(0, point).replace(/^0+(?=\d)/, ''),
    fraction: digits.slice(point).replace(/0+$/, ''),
  };
}
