import type { Part, Rules } from './rules.js';

/** A complete grammar, and properties of its parts. */
export interface CheckedRules {
  readonly rules: Rules;
  readonly start: Part;
  /** Whether a part matches at least one text. The automaton never enters a part that matches none. */
  isProductive(part: Part): boolean;
  /**
   * Returns the body of a repetition, changed so that it does not match the empty text, and the minimum number of
   * repetitions.
   */
  bodyOf(repeat: Part & { readonly kind: 'repeat' }): { readonly body: Part; readonly min: number };
}

/**
 * Checks a grammar, to make sure that matching a text ends.
 *
 * @throws RangeError if no text matches, or if a rule refers to itself before any character.
 */
export function checkRules(rules: Rules, start: Part): CheckedRules {
  const isNullable = truths(rules, false);
  const bodies = nonEmptyBodies(rules, start, isNullable);
  const isProductive = truths(rules, true);
  if (!isProductive(start)) {
    throw new RangeError('constraint: expected one that some text meets, got one that none meets');
  }
  refuseLeftRecursion(rules, start, isNullable);
  rules.isChecked = true;
  return {
    rules,
    start,
    isProductive,
    bodyOf: ({ body, min }) => {
      const other = bodies.get(body);
      return other ? { body: other, min: 0 } : { body, min };
    },
  };
}

type Test = (part: Part) => boolean;

/**
 * Returns a test of whether a part matches some text (`ofBytes` true) or the empty text (`ofBytes` false). It is
 * derived from smaller parts and rules as a least fixed point.
 *
 * @param ofBytes - Result for a part that matches one byte.
 */
function truths(rules: Rules, ofBytes: boolean): Test {
  const known = new Set<Part>();
  const isTrue: Test = (part) => {
    if (known.has(part)) return true;
    const found = follows(part);
    if (found) known.add(part);
    return found;
  };
  const follows: Test = (part) => {
    switch (part.kind) {
      case 'bytes':
        return ofBytes;
      case 'sequence':
        return part.parts.every(isTrue);
      case 'choice':
        return part.options.some(isTrue);
      case 'repeat':
        return part.min === 0 || isTrue(part.body);
      case 'rule':
        return false; // until its body is
    }
  };
  const callers = callersOf(rules);
  const pending = rules.names.map((name) => rules.rule(name));
  for (let rule = pending.pop(); rule; rule = pending.pop()) {
    if (rule.kind !== 'rule' || known.has(rule) || !isTrue(rules.bodyOf(rule.name))) continue;
    known.add(rule);
    pending.push(...(callers.get(rule) ?? []));
  }
  return isTrue;
}

/** Returns, for each rule, the rules whose bodies contain it. */
function callersOf(rules: Rules): ReadonlyMap<Part, readonly Part[]> {
  const callers = new Map<Part, Part[]>();
  for (const name of rules.names) {
    for (const part of partsWithin(rules.bodyOf(name))) {
      if (part.kind !== 'rule') continue;
      const found = callers.get(part) ?? [];
      callers.set(part, found);
      found.push(rules.rule(name));
    }
  }
  return callers;
}

function childrenOf(part: Part): readonly Part[] {
  if (part.kind === 'sequence') return part.parts;
  if (part.kind === 'choice') return part.options;
  return part.kind === 'repeat' ? [part.body] : [];
}

/** Returns a part and all parts nested in it; with `rules`, also the parts of the rules that it refers to. */
function partsWithin(start: Part, rules?: Rules): ReadonlySet<Part> {
  const found = new Set([start]);
  for (const part of found) {
    for (const child of childrenOf(part)) found.add(child);
    if (rules && part.kind === 'rule') found.add(rules.bodyOf(part.name));
  }
  return found;
}

/**
 * Returns, for each repeated part that matches the empty text, a version that does not match it. Otherwise, a
 * repetition could continue for ever without reading a byte.
 */
function nonEmptyBodies(rules: Rules, start: Part, isNullable: Test): ReadonlyMap<Part, Part> {
  const pending: string[] = [];
  const known = new Map<Part, Part>();
  const nonEmpty = (part: Part): Part => {
    let found = known.get(part);
    if (!found) known.set(part, (found = isNullable(part) ? make(part) : part));
    return found;
  };
  const make = (part: Part): Part => {
    switch (part.kind) {
      case 'bytes':
        return part;
      case 'choice':
        return rules.choice(part.options.map(nonEmpty));
      case 'sequence': {
        // Each part in turn is the first that matches a byte.
        const { parts } = part;
        return rules.choice(
          parts.map((each, at) => rules.sequence([nonEmpty(each), ...parts.slice(at + 1)])),
        );
      }
      case 'repeat': {
        const body = nonEmpty(part.body);
        return rules.sequence([body, rules.repeat(body, 0, part.max - 1)]);
      }
      case 'rule': {
        const name = `${part.name} without the empty text`;
        if (!rules.has(name)) pending.push(part.name);
        return rules.has(name) ? rules.rule(name) : rules.define(name, rules.nothing);
      }
    }
  };
  const bodies = new Map<Part, Part>();
  const parts = new Set(partsWithin(start, rules));
  for (const part of parts) {
    if (part.kind !== 'repeat' || !isNullable(part.body)) continue;
    bodies.set(part.body, nonEmpty(part.body));
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const body = nonEmpty(rules.bodyOf(name));
      rules.define(`${name} without the empty text`, body);
      for (const each of partsWithin(body)) parts.add(each);
    }
  }
  return bodies;
}

/**
 * Checks that no rule can begin with itself.
 *
 * @throws RangeError that names a rule that can.
 */
function refuseLeftRecursion(rules: Rules, start: Part, isNullable: Test): void {
  /** Returns the parts with which a part can begin. */
  const firstParts = (part: Part): readonly Part[] => {
    if (part.kind === 'rule') return [rules.bodyOf(part.name)];
    if (part.kind !== 'sequence') return childrenOf(part);
    const end = part.parts.findIndex((each) => !isNullable(each));
    return end === -1 ? part.parts : part.parts.slice(0, end + 1);
  };
  const open = new Set<Part>();
  const done = new Set<Part>();
  // A part is on the list once to be entered, and once more to be left.
  const pending = [...partsWithin(start, rules)];
  for (let part = pending.pop(); part; part = pending.pop()) {
    if (open.delete(part)) done.add(part);
    if (done.has(part)) continue;
    open.add(part);
    pending.push(part);
    for (const each of firstParts(part)) {
      if (open.has(each)) throw leftRecursion([...open, each]);
      if (!done.has(each)) pending.push(each);
    }
  }
}

function leftRecursion(parts: readonly Part[]): RangeError {
  const [name = 'one'] = parts
    .flatMap((part) => (part.kind === 'rule' ? [part.name] : []))
    .reverse();
  return new RangeError(
    `constraint: expected rules that read a character before they refer to themselves, got ${name}, which does not`,
  );
}
