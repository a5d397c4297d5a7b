import { UsageError } from '../../verb/exit-errors.js';

/** Title, introduction and example prompts above an exported page. */
export interface PageIntroduction {
  readonly title?: string;
  /** Paragraphs of plain text with an empty line between them. */
  readonly text?: string;
  /**
   * Prompts, one a line, which become links. A line may begin with the name of a model and a colon; otherwise the
   * prompt is for the first model.
   */
  readonly prompts?: string;
}

/** Content security policy for the page's HTML: a static file server does not send it as a header. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self' data: blob:; media-src blob:; worker-src 'self'; base-uri 'none'; form-action 'none'";

/** HTML that is shown until the page's program runs, which browsers load only from a web server. */
const WAITING =
  '<main class="waiting late"><h1>ramble Explorer</h1>' +
  '<p>This page needs a web server: a browser does not run it from a file. ' +
  'In the folder of this page, type <code>npx http-server .</code> and open the address that it prints.</p></main>';

/**
 * Edits the HTML of a page: its models are in its own folder, a policy limits what it may load, and there is an
 * introduction. The introduction is last in the file, so that the link that skips to the content stays the first
 * link; the style sheet shows it above the page.
 *
 * @param models - Names of the models of the page.
 */
export function markedHtml(
  html: string,
  models: readonly string[],
  introduction: PageIntroduction,
): string {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}" />`;
  const { title } = introduction;
  const texts = introductionHtml(models, introduction);
  const edits: readonly (readonly [string | RegExp, string])[] = [
    [/<html\b/, '<html data-models="here"'],
    ['<div id="page"></div>', `<div id="page">${WAITING}</div>${texts}`],
    ['<head>', `<head>\n    ${policy}`],
    ...(title === undefined
      ? []
      : [[/<title>.*?<\/title>/, `<title>${escaped(title)}</title>`] as const]),
  ];
  // A function as replacement, because texts may contain $ signs.
  return edits.reduce((edited, [place, text]) => edited.replace(place, () => text), html);
}

/** Returns the HTML of an introduction; empty without one. */
function introductionHtml(
  models: readonly string[],
  { title, text = '', prompts = '' }: PageIntroduction,
): string {
  const heading = title === undefined ? '' : `<p class="introduction-title">${escaped(title)}</p>`;
  const paragraphs = blocks(text, /\n\s*\n/).map((it) => `<p>${escaped(it)}</p>`);
  const links = blocks(prompts, '\n').map((line) => `<li>${promptLink(models, line)}</li>`);
  const list = links.length > 0 ? [`<ul>${links.join('')}</ul>`] : [];
  const parts = [heading, ...paragraphs, ...list].join('');
  return (
    parts && `<section class="introduction" aria-label="Introduction">${parts}</section>\n    `
  );
}

function blocks(text: string, separator: string | RegExp): string[] {
  return text
    .replaceAll('\r', '')
    .split(separator)
    .map((it) => it.trim())
    .filter((it) => it !== '');
}

/**
 * Returns the HTML of a link that opens the page's view Write with the prompt of a line, `PROMPT` or `MODEL:PROMPT`.
 */
function promptLink(models: readonly string[], line: string): string {
  const named = models.find((id) => line.startsWith(`${id}:`));
  const model = named ?? models[0];
  const prompt = named === undefined ? line : line.slice(named.length + 1).trim();
  if (prompt === '')
    throw new UsageError(`--prompts: the line ${line} has no prompt; write one after the colon`);
  const place = new URLSearchParams({ model, prompt }).toString();
  return `<a href="#/write?${escaped(place)}">${escaped(prompt)}</a>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign]);
}
