export { LensTable, scoreShare, ScoreTable, Table, TokenChips } from './pictures/tables.js';
export { attentionMap, type ShadeOptions, shadesOf } from './pictures/attention-map.js';
