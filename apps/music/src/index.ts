export { musicApp, musicApp as default } from './music-app.js';
