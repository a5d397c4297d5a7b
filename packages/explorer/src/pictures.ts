export { LensTable, scoreShare, ScoreTable, Table, TokenChips } from './pictures/tables.js';
