import type { FormatFile, TextFormat } from './format.js';
import { readMarkup, textLayout } from './markup.js';

/**
 * Word documents, read as the text of the body, without deleted text, notes and headers.
 *
 * @see ECMA-376, part 1, section 17
 */
export const DOCX: TextFormat = {
  name: 'a Word document',
  extensions: ['.docx'],
  member: /^word\//,
  remedy: 'save it as plain text in UTF-8',
  gives: 'text',
  text: (file) =>
    officeText(file, 'word/document.xml', 'w:document', {
      text: 'w:t',
      paragraphs: ['w:p'],
      cell: 'w:tc',
      row: 'w:tr',
      // Tab stops of a paragraph are not tabs, and a fallback repeats the text of a text box.
      hidden: ['w:pPr', 'mc:Fallback'],
      marks: { 'w:tab': '\t', 'w:br': '\n', 'w:cr': '\n', 'w:noBreakHyphen': '\u2011' },
    }),
};

/**
 * LibreOffice texts, read as the text of the body, without notes, comments and tracked changes.
 *
 * @see OpenDocument 1.3, part 3, sections 5 and 6
 */
export const ODT: TextFormat = {
  name: 'an OpenDocument text',
  extensions: ['.odt'],
  member: /^META-INF\/manifest\.xml$/,
  remedy: 'save it as plain text in UTF-8',
  gives: 'text',
  text: (file) =>
    officeText(file, 'content.xml', 'office:document-content', {
      paragraphs: ['text:p', 'text:h'],
      cell: 'table:table-cell',
      row: 'table:table-row',
      hidden: ['text:tracked-changes', 'text:note', 'office:annotation'],
      marks: { 'text:tab': '\t', 'text:line-break': '\n', 'text:s': ' ' },
    }),
};

interface OfficeElements {
  /**
   * Element that contains the text, with its white space kept; if absent, all text in a paragraph counts, and white
   * space is collapsed.
   */
  readonly text?: string;
  readonly paragraphs: readonly string[];
  readonly cell: string;
  readonly row: string;
  readonly hidden: readonly string[];
  readonly marks: Readonly<Record<string, string>>;
}

async function* officeText(
  file: FormatFile,
  path: string,
  root: string,
  elements: OfficeElements,
): AsyncGenerator<string> {
  const members = (await file.members?.()) ?? [];
  const member = members.find(({ name }) => name === `${file.name}/${path}`);
  if (!member) throw new Error(`${file.name}: expected ${path} in it, got none`);
  const layout = textLayout();
  const { text, paragraphs, cell, row, hidden, marks } = elements;
  let [hiddenDepth, textDepth, cells] = [0, 0, 0];
  const isText = (name: string): boolean =>
    text === undefined ? paragraphs.includes(name) : name === text;
  const separate = (name: string): void => {
    if (name === cell) layout.cell();
    else if (name === row) layout.line();
    else if (paragraphs.includes(name) && hiddenDepth === 0) {
      if (cells === 0) layout.paragraph();
      else layout.text(' ');
    }
  };
  yield* readMarkup(
    member,
    { root },
    {
      open: (name) => {
        if (hidden.includes(name)) hiddenDepth++;
        if (isText(name)) textDepth++;
        if (name === cell) cells++;
        if (Object.hasOwn(marks, name) && hiddenDepth === 0) layout.verbatim(marks[name]);
      },
      text: (content) => {
        if (hiddenDepth > 0 || textDepth === 0) return;
        if (text === undefined) layout.text(content);
        else layout.verbatim(content);
      },
      close: (name) => {
        if (hidden.includes(name)) hiddenDepth--;
        if (isText(name)) textDepth--;
        if (name === cell) cells--;
        separate(name);
      },
      take: layout.take,
    },
  );
}
