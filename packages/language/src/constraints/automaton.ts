import type { CheckedRules } from './check-rules.js';
import type { Part } from './rules.js';

/** A stack frame: the grammar part to match next, then `rest` of the same rule. Equal positions are one object. */
export interface Position {
  readonly id: number;
  readonly part: Part;
  readonly rest: Position | undefined;
}

/**
 * The automaton's state: a set of stacks. On top is a position in a rule; below are the positions where its callers
 * continue. Stacks with equal tops share one set below, and equal sets are one object, so that many outputs share
 * memory, and an ambiguous grammar does not multiply its stacks.
 */
export interface StackSet {
  readonly id: number;
  /** Whether the set includes the empty stack: the text may end. */
  readonly accepts: boolean;
  readonly tops: readonly Position[];
  /** Set of stacks below each top. */
  readonly tails: readonly StackSet[];
  /** The next state for each byte; `null` for a forbidden byte, `undefined` if not computed yet. */
  next?: NextStates;
  /** Cached result of `Automaton.opened`. */
  opened?: StackSet;
}

type NextStates = (StackSet | null | undefined)[];

/** Number of tops in cached sets at which the caches are cleared. */
const MAX_KEPT = 2 ** 18;
/**
 * Maximum number of stacks to visit for one token, about a quarter of a second; no grammar in use needs as many. Work
 * of earlier tokens in excess of `WORK_PER_TOKEN` each also counts.
 */
const MAX_WORK = 2 ** 17;
const WORK_PER_TOKEN = 2 ** 14;
/** Factor of the first id in a map key of two ids, `first * IDS + second`; all ids are less than it. */
const IDS = 2 ** 26;
/** Factor of the id in a map key of an id and a maximum number of bytes, `id * REACHES + bytes`. */
const REACHES = 2 ** 16;

/**
 * A pushdown automaton over bytes. It is built lazily: only states that a text reaches take time and memory, so that a
 * grammar can be used at once. States are immutable.
 */
export class Automaton {
  readonly start: StackSet;
  /** The set that has only the empty stack. */
  readonly bottom: StackSet = { id: 0, accepts: true, tops: [], tails: [] };
  readonly #positions = new Map<number, Position>();
  readonly #clipped = new Map<number, Position>();
  readonly #sets = new Map<string, StackSet>();
  readonly #unions = new Map<number, StackSet>();
  #ids = 1;
  #work = 0;
  #kept = 0;

  constructor(private readonly checked: CheckedRules) {
    this.start =
      this.#open([[this.#position(checked.start, undefined), this.bottom]]) ?? this.bottom;
  }

  /** Returns the state after a byte; `undefined` if the grammar forbids it. */
  step(state: StackSet, byte: number): StackSet | undefined {
    const next = (state.next ??= new Array<undefined>(256).fill(undefined));
    const known = next[byte];
    return (known === undefined ? this.#read(state, byte, next) : known) ?? undefined;
  }

  /** Returns the state with these tops and nothing below, simplified by `#clippedAt` for `reach` bytes. */
  stateOf(tops: readonly Position[], reach: number): StackSet {
    const clipped = new Set(tops.map((top) => this.#clippedAt(top, reach)));
    const entries = Array.from(clipped, (top) => [top, this.bottom] as const);
    return this.#set(false, entries);
  }

  /** Returns the state after the rules above `tail`, a set of tails, have ended. */
  opened(tail: StackSet): StackSet {
    return (tail.opened ??= this.#open([[undefined, tail]]) ?? { ...this.bottom, accepts: false });
  }

  /**
   * Returns a simpler position that allows the same tokens of at most `reach` bytes: parts that only longer tokens
   * reach are left out. Many positions of a long text thus become equal, and share masks.
   */
  #clippedAt(position: Position, reach: number): Position {
    const pending: (readonly [at: Position, left: number, key: number])[] = [];
    let clipped: Position | undefined;
    let at: Position | undefined = position;
    for (let left = reach; at && left > 0 && !clipped; left -= at.part.length, at = at.rest) {
      const key = at.id * REACHES + left;
      clipped = this.#clipped.get(key);
      if (!clipped) pending.push([at, left, key]);
    }
    for (const [each, left, key] of pending.reverse()) {
      clipped = this.#position(this.#clippedPart(each.part, left), clipped);
      this.#clipped.set(key, clipped);
    }
    return clipped ?? position;
  }

  #clippedPart(part: Part, reach: number): Part {
    if (part.kind !== 'repeat') return part;
    const { body, min } = this.checked.bodyOf(part);
    const most = Math.ceil(reach / Math.max(1, body.length));
    const max = part.max === Infinity ? Infinity : Math.min(part.max, most);
    return this.checked.rules.repeat(body, Math.min(min, most), max);
  }

  /** Prepares the work for a token. If the caches are full, clears them and returns true. */
  begin(): boolean {
    this.#work = Math.max(0, this.#work - WORK_PER_TOKEN);
    if (this.#kept < MAX_KEPT) return false;
    this.#kept = 0;
    for (const set of this.#sets.values()) set.next = set.opened = undefined;
    this.#sets.clear();
    this.#unions.clear();
    this.#positions.clear();
    this.#clipped.clear();
    this.start.next = undefined;
    return true;
  }

  /** Computes the state after a byte, and stores it in `next` for all bytes that lead to the same state. */
  #read({ tops, tails }: StackSet, byte: number, next: NextStates): StackSet | null {
    const work: Stack[] = [];
    const alike = new Uint32Array(8).fill(0xffffffff);
    for (const [at, { part, rest }] of tops.entries()) {
      if (part.kind !== 'bytes') continue;
      const { set } = part;
      const isIn = ((set[byte >> 5] >>> (byte & 31)) & 1) === 1;
      for (let word = 0; word < 8; word++) alike[word] &= isIn ? set[word] : ~set[word];
      if (isIn) work.push([rest, tails[at]]);
    }
    const state = this.#open(work) ?? null;
    for (let each = 0; each < 256; each++) {
      if (((alike[each >> 5] >>> (each & 31)) & 1) === 1) next[each] = state;
    }
    return state;
  }

  /** Expands the tops of stacks until each is a set of bytes; `undefined` if no stack is left. */
  #open(work: Stack[]): StackSet | undefined {
    let accepts = false;
    const tops = new Map<Position, StackSet>();
    const seen = new Set<number>();
    for (let stack = work.pop(); stack; stack = work.pop()) {
      const [top, tail] = stack;
      const key = (top?.id ?? 0) * IDS + tail.id;
      if (seen.has(key)) continue;
      seen.add(key);
      this.#count(1);
      if (!top) {
        accepts ||= tail.accepts;
        for (const [at, below] of tail.tops.entries()) work.push([below, tail.tails[at]]);
      } else if (top.part.kind === 'bytes') {
        const known = tops.get(top);
        tops.set(top, known ? this.#union(known, tail) : tail);
      } else this.#expand(top, tail, work);
    }
    return tops.size === 0 && !accepts ? undefined : this.#set(accepts, [...tops]);
  }

  /** Pushes to `work` the next possible tops after a top that is not a set of bytes. */
  #expand({ part, rest }: Position, tail: StackSet, work: Stack[]): void {
    const { rules } = this.checked;
    const push = (next: Part, after = rest): unknown =>
      work.push([this.#position(next, after), tail]);
    switch (part.kind) {
      case 'bytes':
        return;
      case 'sequence': {
        const begin = (after: Position | undefined, each: Part): Position =>
          this.#position(each, after);
        work.push([part.parts.reduceRight(begin, rest), tail]);
        return;
      }
      case 'choice':
        for (const option of part.options) if (this.checked.isProductive(option)) push(option);
        return;
      case 'repeat': {
        const { body, min } = this.checked.bodyOf(part);
        if (min === 0) work.push([rest, tail]);
        if (!this.checked.isProductive(body)) return;
        const more = rules.repeat(body, Math.max(0, min - 1), part.max - 1);
        push(body, more === rules.empty ? rest : this.#position(more, rest));
        return;
      }
      case 'rule': {
        // A call at the end of a rule leaves nothing to return to.
        const below = rest ? this.#set(false, [[rest, tail]]) : tail;
        work.push([this.#position(rules.bodyOf(part.name), undefined), below]);
      }
    }
  }

  #position(part: Part, rest: Position | undefined): Position {
    const key = part.id * IDS + (rest?.id ?? 0);
    let position = this.#positions.get(key);
    if (!position) this.#positions.set(key, (position = { id: this.#ids++, part, rest }));
    return position;
  }

  #set(accepts: boolean, entries: (readonly [Position, StackSet])[]): StackSet {
    if (entries.length === 0) return this.bottom;
    const sorted = entries.length > 1 ? entries.sort(([a], [b]) => a.id - b.id) : entries;
    let key = accepts ? '.' : '';
    for (const [top, tail] of sorted) key += `${top.id}:${tail.id} `;
    let set = this.#sets.get(key);
    if (!set) {
      const tops = sorted.map(([top]) => top);
      const tails = sorted.map(([, tail]) => tail);
      this.#sets.set(key, (set = { id: this.#ids++, accepts, tops, tails }));
      this.#kept += tops.length;
    }
    return set;
  }

  #union(one: StackSet, other: StackSet): StackSet {
    if (one === other) return one;
    const key = Math.min(one.id, other.id) * IDS + Math.max(one.id, other.id);
    const found = this.#unions.get(key);
    if (found) return found;
    this.#count(one.tops.length + other.tops.length);
    const entries = new Map(one.tops.map((top, at) => [top, one.tails[at]]));
    for (const [at, top] of other.tops.entries()) {
      const known = entries.get(top);
      entries.set(top, known ? this.#union(known, other.tails[at]) : other.tails[at]);
    }
    const union = this.#set(one.accepts || other.accepts, [...entries]);
    this.#unions.set(key, union);
    return union;
  }

  /**
   * Adds to the work for the current token.
   *
   * @throws RangeError if it is too much.
   */
  #count(stacks: number): void {
    this.#work += stacks;
    if (this.#work <= MAX_WORK) return;
    this.#work = 0;
    throw new RangeError('constraint: expected fewer ways to read the same text; simplify it');
  }
}

type Stack = readonly [top: Position | undefined, tail: StackSet];
