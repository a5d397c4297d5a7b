export { bandApp, choralesApp, musicApp, musicApp as default } from './apps.js';
export { anticipationApp, ariaApp } from './published-apps.js';
