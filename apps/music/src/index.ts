export { anticipationApp, bandApp, choralesApp, musicApp, musicApp as default } from './apps.js';
