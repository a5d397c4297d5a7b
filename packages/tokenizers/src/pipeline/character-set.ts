/** The characters that a class, an escape or a literal of a regular expression matches in JavaScript. */
export class CharacterSet {
  readonly #pattern: RegExp;
  /**
   * Cached membership of the first 65,536 code points, 256 per page: 0 unknown, 1 not in the set, 2 in the
   * set.
   */
  readonly #pages: (Uint8Array | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(source: string) {
    this.#pattern = new RegExp(`^(?:${source})$`, 'u');
  }

  /** Returns the length of the character at a position if it is in the set, else 0. */
  length(text: string, at: number): number {
    if (at >= text.length) return 0;
    const unit = text.charCodeAt(at);
    const known = this.#pages[unit >> 8]?.[unit & 255] ?? 0;
    return known === 0 ? this.#test(text, at, unit) : known - 1;
  }

  /** Returns the length of the character that ends at a position if it is in the set, else 0. */
  lengthBefore(text: string, at: number): number {
    return at === 0 ? 0 : this.length(text, before(text, at));
  }

  #test(text: string, at: number, unit: number): number {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const isIn = this.#pattern.test(character);
    if (!isSurrogate(unit)) {
      const page = (this.#pages[unit >> 8] ??= new Uint8Array(256));
      page[unit & 255] = isIn ? 2 : 1;
    }
    return isIn ? character.length : 0;
  }
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

/** Returns the start of the character that ends at a position. */
export function before(text: string, at: number): number {
  const isPair = at > 1 && (text.codePointAt(at - 2) ?? 0) > 0xffff;
  return isPair ? at - 2 : at - 1;
}

/** Returns the position after the character that begins at a position. */
export function after(text: string, at: number): number {
  return at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
}
