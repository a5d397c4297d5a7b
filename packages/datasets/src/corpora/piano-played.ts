import { readFileSync } from 'node:fs';

import type { WebFile } from './corpus.js';

/**
 * Pinned files of the corpus `piano-played`: Bernd Krueger's pieces of piano-midi.de, and the transcribed
 * recordings in the repository of GiantMIDI-Piano. Music with several performances is in the training part only.
 * Three of Krueger's pieces are left out, the outer movements of the Appassionata and the first of D 960: their
 * pedal stays down for four to eight minutes, and a model of them lets notes sound on and on.
 */
export function pianoPlayed(): Readonly<Record<'train' | 'validation', readonly WebFile[]>> {
  const table = readFileSync(new URL('../../data/piano-played.tsv', import.meta.url), 'utf8');
  const rows = table.trimEnd().split('\n').slice(1).map(parseRow);
  const filesOf = (wanted: string): WebFile[] =>
    rows.filter(({ part }) => part === wanted).map(({ file }) => file);
  return { train: filesOf('train'), validation: filesOf('validation') };
}

function parseRow(row: string): { readonly part: string; readonly file: WebFile } {
  const [part, repository, commit, size, sha256, path] = row.split('\t');
  const url = `https://raw.githubusercontent.com/${repository}/${commit}/${encodeURI(path)}`;
  return { part, file: { url, sha256, sizeBytes: Number(size) } };
}
