export { bandApp } from './band-app.js';
export { choralesApp } from './chorales-app.js';
export { musicApp, musicApp as default } from './music-app.js';
