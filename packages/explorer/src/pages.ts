import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import { Alignment, NotesPage } from './pictures/attention-picture.js';
import { Comparison } from './pictures/comparison.js';
import type {
  AttentionPicture,
  ComparisonContent,
  InspectionContent,
  ReportContent,
} from './pictures/contents.js';
import { Inspection } from './pictures/inspection.js';
import { Report } from './pictures/report.js';

export type * from './pictures/contents.js';
export { CHART_COLOURS } from './pictures/chart.js';

/** Draws a report as a page: one HTML file without scripts, that loads nothing from the network. */
export function reportPage(content: ReportContent): string {
  return pageOf(h(Report, content));
}

/**
 * Draws a comparison of samples and data as a page: one HTML file without scripts, that loads nothing from the
 * network.
 */
export function comparisonPage(content: ComparisonContent): string {
  return pageOf(h(Comparison, content));
}

/** Draws an inspection of a model as a page: one HTML file without scripts, that loads nothing from the network. */
export function inspectionPage(content: InspectionContent): string {
  return pageOf(h(Inspection, content));
}

/**
 * Draws attention weights as a picture for a domain: attention between notes as an HTML page that plays the notes, an
 * alignment of output words and source words as SVG. The result is one file that loads nothing from the network.
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
