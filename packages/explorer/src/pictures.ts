export {
  formatFixed,
  LensTable,
  scoreShare,
  ScoreTable,
  shaded,
  Table,
  TokenChips,
} from './pictures/tables.js';
export { circuitSections, LayerNumbers, type ShownCircuits } from './pictures/circuit-tables.js';
export { HEAD_COLOURS, type ShadeOptions, shadesOf } from './pictures/attention-map.js';
