import type { Part, Rules } from './rules.js';

/** Facts about the parts of a grammar that is complete. */
export interface CheckedRules {
  readonly rules: Rules;
  readonly start: Part;
  /** Whether a part matches any text at all. Parts that match none are never entered. */
  isProductive(part: Part): boolean;
  /** Returns the repeated part, without the empty text, and the minimum number of repetitions. */
  bodyOf(repeat: Part & { readonly kind: 'repeat' }): { readonly body: Part; readonly min: number };
}

/**
 * Checks a grammar, so that reading a text with it ends.
 *
 * @throws RangeError if no text matches, or if a rule refers to itself before any character.
 */
export function checkRules(rules: Rules, start: Part): CheckedRules {
  const nullable = truths(rules, (part, isTrue) => {
    switch (part.kind) {
      case 'bytes':
        return false;
      case 'sequence':
        return part.parts.every(isTrue);
      case 'choice':
        return part.options.some(isTrue);
      case 'repeat':
        return part.min === 0 || isTrue(part.body);
      case 'rule':
        return isTrue(rules.bodyOf(part.name));
    }
  });
  const nonEmpty = nonEmptyParts(rules, nullable);
  const reached = reachableParts(rules, start);
  const bodies = new Map<Part, Part>();
  for (const part of reached) {
    if (part.kind !== 'repeat' || !nullable(part.body)) continue;
    bodies.set(part.body, nonEmpty(part.body));
  }
  const isProductive = truths(rules, (part, isTrue) => {
    switch (part.kind) {
      case 'bytes':
        return true;
      case 'sequence':
        return part.parts.every(isTrue);
      case 'choice':
        return part.options.some(isTrue);
      case 'repeat':
        return part.min === 0 || isTrue(part.body);
      case 'rule':
        return isTrue(rules.bodyOf(part.name));
    }
  });
  if (!isProductive(start)) {
    throw new RangeError('constraint: expected one that some text meets, got one that none meets');
  }
  refuseLeftRecursion(rules, start, nullable);
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
 * Finds for which parts a statement is true, if it follows from the truth of smaller parts and of rules: the least
 * fixed point. Rules are evaluated again until none changes.
 */
function truths(rules: Rules, follows: (part: Part, isTrue: Test) => boolean): Test {
  const trueRules = new Set<string>();
  const evaluate = (known: Map<Part, boolean>): Test => {
    const isTrue: Test = (part) => {
      if (part.kind === 'rule') return trueRules.has(part.name);
      let value = known.get(part);
      if (value === undefined) known.set(part, (value = follows(part, isTrue)));
      return value;
    };
    return isTrue;
  };
  for (let size = -1; size < trueRules.size;) {
    size = trueRules.size;
    // Rules are often defined after the rules that refer to them.
    for (const name of [...rules.names].reverse()) {
      if (!trueRules.has(name) && evaluate(new Map())(rules.bodyOf(name))) trueRules.add(name);
    }
  }
  return evaluate(new Map());
}

function childrenOf(part: Part, rules: Rules): readonly Part[] {
  switch (part.kind) {
    case 'bytes':
      return [];
    case 'sequence':
      return part.parts;
    case 'choice':
      return part.options;
    case 'repeat':
      return [part.body];
    case 'rule':
      return [rules.bodyOf(part.name)];
  }
}

function reachableParts(rules: Rules, start: Part): ReadonlySet<Part> {
  const reached = new Set([start]);
  for (const part of reached) {
    for (const child of childrenOf(part, rules)) reached.add(child);
  }
  return reached;
}

/**
 * Returns the function that removes the empty text from what a part matches. Repeating a part that matches the empty
 * text could go on for ever without reading a byte.
 */
function nonEmptyParts(rules: Rules, nullable: Test): (part: Part) => Part {
  const known = new Map<Part, Part>();
  const make = (part: Part): Part => {
    switch (part.kind) {
      case 'bytes':
        return part;
      case 'choice':
        return rules.choice(part.options.map(nonEmpty));
      case 'sequence': {
        const [first, ...rest] = part.parts;
        if (!part.parts.every(nullable)) return part;
        if (part.parts.length === 0) return rules.nothing;
        const others = rules.sequence(rest);
        return rules.choice([rules.sequence([nonEmpty(first), others]), nonEmpty(others)]);
      }
      case 'repeat': {
        const body = nonEmpty(part.body);
        return rules.sequence([body, rules.repeat(body, 0, part.max - 1)]);
      }
      case 'rule': {
        const name = `${part.name} without the empty text`;
        if (!rules.has(name)) {
          rules.define(name, rules.nothing); // a recursive reference finds the name
          rules.define(name, nonEmpty(rules.bodyOf(part.name)));
        }
        return rules.rule(name);
      }
    }
  };
  const nonEmpty = (part: Part): Part => {
    let found = known.get(part);
    if (!found) known.set(part, (found = nullable(part) ? make(part) : part));
    return found;
  };
  return nonEmpty;
}

/** @throws RangeError that names a rule that can begin with itself. */
function refuseLeftRecursion(rules: Rules, start: Part, nullable: Test): void {
  const done = new Set<Part>();
  const open = new Set<Part>();
  /** Returns the parts with which a part can begin. */
  const firstParts = (part: Part): readonly Part[] => {
    if (part.kind !== 'sequence') return childrenOf(part, rules);
    const end = part.parts.findIndex((each) => !nullable(each));
    return end === -1 ? part.parts : part.parts.slice(0, end + 1);
  };
  const visit = (part: Part): void => {
    if (done.has(part)) return;
    if (open.has(part)) {
      const name = part.kind === 'rule' ? part.name : [...open].find(isRule)?.name;
      throw new RangeError(
        `constraint: expected rules that read a character before they refer to themselves, got ${name ?? 'one'}, which does not`,
      );
    }
    open.add(part);
    for (const each of firstParts(part)) visit(each);
    open.delete(part);
    done.add(part);
  };
  for (const part of reachableParts(rules, start)) visit(part);
}

function isRule(part: Part): part is Part & { readonly kind: 'rule' } {
  return part.kind === 'rule';
}
