import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import { Alignment, type AlignmentContent } from './pictures/alignment.js';
import { Comparison, type ComparisonContent } from './pictures/comparison.js';
import { Inspection, type InspectionContent } from './pictures/inspection.js';
import { NotesPage } from './pictures/notes-page.js';
import type { NoteAttention } from './pictures/notes-picture.js';
import { Report, type ReportContent } from './pictures/report.js';

/** Attention of a prompt in the terms of its domain. */
export type AttentionPicture =
  | ({ readonly kind: 'notes' } & NoteAttention)
  | ({ readonly kind: 'alignment' } & AlignmentContent);

/** Draws a report as a page: one HTML file without scripts, that loads nothing from the network. */
export function reportPage(content: ReportContent): string {
  return pageOf(h(Report, content));
}

/** Draws a comparison of samples and data as a page: one HTML file without scripts, as a report. */
export function comparisonPage(content: ComparisonContent): string {
  return pageOf(h(Comparison, content));
}

/** Draws an inspection of a model as a page: one HTML file without scripts, as a report. */
export function inspectionPage(content: InspectionContent): string {
  return pageOf(h(Inspection, content));
}

/**
 * Draws attention in the terms of a domain: between notes as an HTML page that plays them, an alignment
 * as SVG. Both are one file that loads nothing from the network.
 *
 * @param title - Plain text.
 */
export function attentionPicture(picture: AttentionPicture, title: string): string {
  return picture.kind === 'notes'
    ? pageOf(h(NotesPage, { ...picture, title }))
    : `${renderToString(h(Alignment, { ...picture, title }))}\n`;
}

function pageOf<Props>(page: VNode<Props>): string {
  return `<!doctype html>\n${renderToString(page)}\n`;
}
