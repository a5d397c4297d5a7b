import type { Template } from '@huggingface/jinja';
import type { JsonObject } from '@ramble/core/files';

/** What is needed of the Jinja library. */
export interface Jinja {
  readonly Template: typeof Template;
}

/**
 * Prepares a template for conversations. Its text runs in a process of its own, so it uses nothing from
 * outside its body.
 *
 * The library reads `strip`, `lstrip`, `rstrip` and `trim` as JavaScript's `trim`, whatever characters are
 * named; here they are Python's, on which templates rely: Qwen 3 strips line ends and keeps spaces.
 *
 * @returns the text of the template with these variables.
 * @throws Error when it is not a Jinja template; what is returned throws what the template raises.
 */
export function readTemplate(
  { Template }: Jinja,
  source: string,
): (variables: JsonObject) => string {
  const STRIPS = new Map([
    ['strip', [true, true]],
    ['lstrip', [true, false]],
    ['rstrip', [false, true]],
  ]);
  /** A name that no template can have for a variable of its own. */
  const ownName = (method: string): string => `python ${method}`;
  const isSpace = (character: string): boolean =>
    (/\s/.test(character) || '\x1c\x1d\x1e\x1f\x85'.includes(character)) && character !== '\ufeff';

  function strip(text: unknown, characters: unknown, ends: readonly boolean[]): string {
    if (text === undefined || text === null) return '';
    if (typeof text === 'object' || typeof text === 'function') {
      throw new Error('expected a text to strip, got another value');
    }
    const all = Array.from(String(text as string | number | boolean));
    const isStripped = (at: number): boolean =>
      typeof characters === 'string' ? characters.includes(all[at]) : isSpace(all[at]);
    let [from, to] = [0, all.length];
    while (ends[0] && from < to && isStripped(from)) from++;
    while (ends[1] && from < to && isStripped(to - 1)) to--;
    return all.slice(from, to).join('');
  }

  /** A node of the template's tree, of any kind. */
  interface Node {
    type?: string;
    computed?: boolean;
    value?: unknown;
    [field: string]: unknown;
  }
  function mend(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    if (node instanceof Map) {
      for (const entry of node) entry.forEach(mend);
      return;
    }
    const { type, callee, args, operand, filter } = node as Node;
    const name = (callee as Node | undefined)?.property as Node | undefined;
    if (type === 'CallExpression' && name && STRIPS.has(String(name.value))) {
      const { object, computed } = callee as Node;
      if (!computed) {
        name.value = ownName(String(name.value));
        Object.assign(node, { callee: name, args: [object, ...(args as Node[])] });
      }
    }
    const filterName = filter as Node | undefined;
    if (type === 'FilterExpression' && filterName?.value === 'trim') {
      filterName.value = ownName('strip');
      Object.assign(node, { type: 'CallExpression', callee: filterName, args: [operand] });
    }
    Object.values(node).forEach(mend);
  }

  const template = new Template(source);
  mend(template.parsed);
  const strips = Array.from(STRIPS, ([name, ends]) => {
    return [
      ownName(name),
      (text: unknown, characters: unknown) => strip(text, characters, ends),
    ] as const;
  });
  return (variables) => template.render({ ...variables, ...Object.fromEntries(strips) });
}
