export { askedBand, askedChorales } from './asked-band.js';
export { askedMusic } from './output-rules.js';
