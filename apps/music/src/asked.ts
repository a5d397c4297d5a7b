export { askedChorales } from './asked-chorales.js';
export { askedMusic } from './asked-music.js';
