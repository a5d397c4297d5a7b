import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { SummarizedText } from '../../pairs/summarized-text.js';
import { type CorpusSource, type Part, PARTS } from '../corpus.js';
import type { GetFile, News } from './news.js';

const HIGHLIGHT = /^[ \t]*@highlight.*$/m;

/**
 * Stories of CNN and the Daily Mail. A file is named by the SHA-1 of its story's web address.
 *
 * @see https://github.com/abisee/cnn-dailymail (See et al. 2017), which this follows but for the lower
 *   case and the full stops that it adds
 */
export async function newsStories(
  { archives, addresses }: Extract<CorpusSource, { kind: 'news-stories' }>,
  get: GetFile,
): Promise<News> {
  const partOf = new Map<string, Part>();
  for (const part of PARTS) {
    const list = await readFile(await get(addresses[part]), 'utf8');
    for (const address of linesOf(list)) {
      partOf.set(createHash('sha1').update(address).digest('hex'), part);
    }
  }
  return { archives, partOf, read: readStory };
}

/** A story is its paragraphs, then its highlights, each below a line that says so; these are lines here. */
function readStory(text: string): SummarizedText {
  const [document, ...highlights] = text.split(HIGHLIGHT);
  return { document: document.trim(), summary: highlights.flatMap(linesOf).join('\n') };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '');
}
