import { readFile } from 'node:fs/promises';

import type { SummarizedText } from '../../pairs/summarized-text.js';
import { type CorpusSource, type Part, PARTS } from '../corpus.js';
import type { GetFile, News } from './news.js';

/**
 * Articles of the BBC, each summarized by its first sentence, which its document does not have. A file is
 * named by the id of its article.
 *
 * @see https://github.com/EdinburghNLP/XSum (Narayan et al. 2018)
 */
export async function bbcArticles(
  { archive, ids }: Extract<CorpusSource, { kind: 'bbc-articles' }>,
  get: GetFile,
): Promise<News> {
  const content = await readFile(await get(ids), 'utf8');
  const parts = JSON.parse(content) as Readonly<Record<Part, readonly string[]>>; // its sha256 is right
  const names = PARTS.flatMap((part) => parts[part].map((id) => [id, part] as const));
  return { archives: [archive], partOf: new Map(names), read: readArticle };
}

/** An article is sections, each after its name: `[SN]TITLE[SN]`. */
function readArticle(text: string): SummarizedText {
  const pieces = text.split('[SN]');
  const section = (name: string): string => {
    const at = pieces.indexOf(name);
    return at < 0 ? '' : (pieces.at(at + 1) ?? '').trim();
  };
  return { document: section('RESTBODY'), summary: section('FIRST-SENTENCE') };
}
