import { escapeHtml } from '@ramble/core/files';

/**
 * An XML element as text, each child on a separate line.
 *
 * @param children - Elements that are already written; `undefined` ones are left out.
 */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly (string | undefined)[] = [],
): string {
  const lines = children.filter((child) => child !== undefined).join('\n');
  if (lines === '') return `<${name}${shown(attributes)}/>`;
  return `<${name}${shown(attributes)}>\n${lines.replace(/^/gm, '  ')}\n</${name}>`;
}

/** An XML element that holds nothing but a text or a number. */
export function xmlText(
  name: string,
  text: string | number,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
): string {
  return `<${name}${shown(attributes)}>${escapeHtml(String(text))}</${name}>`;
}

function shown(attributes: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeHtml(String(value))}"`)
    .join('');
}
