export { CHART_COLOURS } from './pictures/palette.js';
export type { ComparedNumber, ComparisonContent } from './pictures/comparison.js';
export type { InspectedPrompt } from './pictures/inspection.js';
export type { Line, Point } from './pictures/line-chart.js';
export type { SettingGroup } from './pictures/page.js';
export { LensTable, scoreShare, ScoreTable, TokenChips } from './pictures/prompt-parts.js';
export type { Figure, ReportContent, ReportSample, ShadedWord } from './pictures/report.js';
