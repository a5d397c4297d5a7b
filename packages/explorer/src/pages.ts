import { h, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

import { Comparison, type ComparisonContent } from './pictures/comparison.js';
import { Inspection, type InspectionContent } from './pictures/inspection.js';
import { Report, type ReportContent } from './pictures/report.js';

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

function pageOf<Props>(page: VNode<Props>): string {
  return `<!doctype html>\n${renderToString(page)}\n`;
}
