import { escapeHtml } from '@ramble/core/files';

/** A token's word for a page: text without its quotes, its spaces visible; HTML. */
export function tokenText(word: string): string {
  const text = /^"(.*)"$/s.exec(word)?.[1];
  if (text === undefined || text === '') return escapeHtml(word);
  return escapeHtml(text.replaceAll(String.raw`\"`, '"').replaceAll(' ', '␣'));
}
