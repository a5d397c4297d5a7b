import { readFile } from 'node:fs/promises';

import { clientModule } from '../../build-client.mjs';
import { attentionPicture } from '../pages.js';
import type { NoteAttention } from './contents.js';

/** C4, E4 and G4, half a second apart, which two heads of two layers attend to. */
const threeNotes: NoteAttention = {
  notes: [60, 64, 67].map((pitch, i) => ({
    startStep: 50 * i,
    endStep: 50 * (i + 1),
    pitch,
    velocity: 100,
    isMelody: false,
  })),
  nHead: 2,
  layers: [
    [[], [0, 0, 500], [0, 0, 500, 1, 1, 250]],
    [[], [0, 0, 200], [0, 1, 400, 0, 0, 200]],
  ],
};

const page = (): string =>
  attentionPicture({ kind: 'notes', ...threeNotes }, 'A <b>run</b> & "more"');

describe('a page of notes', () => {
  it('is one file that loads nothing from the network', () => {
    expect(page()).not.toMatch(/<[^>]*(src|href)=["']|@import|url\(/);
    expect(page()).toContain('<h1>A &lt;b>run&lt;/b> &amp; &quot;more&quot;</h1>');
  });

  it('shows the attention of the last note in the last layer before its script runs', () => {
    expect(page()).toContain('<b id="query">G4 at 1.00 s</b>');
    const arcs = [...page().matchAll(/stroke-width="([\d.]+)"[^>]*><title>(head[^<]*)/g)];
    expect(arcs.map(([, , title]) => title)).toEqual([
      'head 0: 20.0 % to C4 at 0.00 s',
      'head 0: 40.0 % to E4 at 0.50 s',
    ]);
    expect(Number(arcs[1][1])).toBeGreaterThan(Number(arcs[0][1]));
    expect(page()).toContain('<b id="share-0">60 %</b>');
  });

  it('outlines a melody, and queries the notes of the accompaniment', () => {
    const notes = threeNotes.notes.map((note, i) => ({ ...note, isMelody: i !== 1 }));
    const melody = attentionPicture({ kind: 'notes', ...threeNotes, notes }, '');
    expect(melody).toContain('Outlined is the melody that is played to.');
    expect(page().split('<script')[0]).not.toContain('Outlined');
    expect(melody.match(/class="melody"/g)).toHaveLength(2);
    expect(melody).toContain('<b id="query">E4 at 0.50 s</b>');
  });

  it('contains a script that equals a new bundle', async () => {
    const path = new URL('notes-client.gen.ts', import.meta.url);
    // If this fails, run `node packages/explorer/build-client.mjs`.
    expect(await readFile(path, 'utf8')).toBe(await clientModule());
  });
});

describe('a picture of an alignment', () => {
  const svg = attentionPicture(
    {
      kind: 'alignment',
      source: ['␣red', '␣cat'],
      output: ['␣chat', '…'],
      grids: ['mean', 'layer 0'].map((name, i) => ({
        name,
        weights: [
          [0.25, 0.35],
          [i, 0.5],
        ],
      })),
    },
    'A <run>',
  );

  it('has a row for each word of the output, a column for each of the source', () => {
    const group = svg.split('<g ')[1];
    const tips = Array.from(group.matchAll(/<title>([^<]*)<\/title>/g), ([, tip]) => tip);
    expect(tips).toEqual([
      '␣chat ← ␣red: 25.0 %',
      '␣chat ← ␣cat: 35.0 %',
      '… ← ␣red: 0.0 %',
      '… ← ␣cat: 50.0 %',
    ]);
  });

  it('is one picture, whose title is text', () => {
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg).toContain('<title>A &lt;run>: alignment</title>');
    expect(svg.match(/<g /g)).toHaveLength(2);
  });
});
