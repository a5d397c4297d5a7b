import type { Part, Rules } from './rules.js';

/** Limits of a number; each may be exclusive. */
export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  readonly excludesMin: boolean;
  readonly excludesMax: boolean;
}

/** Maximum number of digits of a number, about the precision of a double. More never end with some models. */
const MAX_DIGITS = 16;
const DIGITS = [0x30, 0x39] as const;

/** The parts of JSON that match numbers. */
export class JsonNumbers {
  readonly #digit: Part;
  readonly #positive: Part;

  constructor(private readonly rules: Rules) {
    this.#digit = rules.range(...DIGITS);
    const more = rules.repeat(this.#digit, 0, MAX_DIGITS - 1);
    this.#positive = rules.sequence([rules.range(0x31, 0x39), more]);
  }

  /** Any integer. */
  integer(): Part {
    const { rules } = this;
    const sign = rules.optional(rules.text('-'));
    return rules.choice([rules.text('0'), rules.sequence([sign, this.#positive])]);
  }

  /** Any number; its exponent is small enough that it is finite. */
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

  /** The integers within limits. */
  integersWithin({ min, max, excludesMin, excludesMax }: NumberLimits): Part {
    const low = excludesMin ? Math.floor(min) + 1 : Math.ceil(min);
    const high = excludesMax ? Math.ceil(max) - 1 : Math.floor(max);
    return this.rules.choice([
      this.rules.sequence([this.rules.text('-'), this.#naturals(Math.max(1, -high), -low)]),
      this.#naturals(Math.max(0, low), high),
    ]);
  }

  /** Integers from `low`, which is not negative, to `high`. */
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

  /** The numbers within limits, without an exponent. */
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

  /** Numbers without a sign within limits. */
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

  /** A fraction within limits with its point, or no text if 0 is within them. */
  #fraction(room: number, low?: Limit, high?: Limit): Part {
    const { rules } = this;
    const digits = this.#digits(room, low, high);
    const isZero = isZeroWithin(low, high);
    const fraction = rules.sequence([rules.text('.'), digits]);
    return isZero ? rules.optional(fraction) : fraction;
  }

  /** The digits of a fraction within limits, at least one. */
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

/** Digits after the point that limit a fraction. */
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

/** The digits of a number of at least 0 before and after the point. */
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
