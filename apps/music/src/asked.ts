export { askedBand } from './asked-band.js';
export { askedChorales } from './asked-chorales.js';
export { askedMusic } from './asked-music.js';
