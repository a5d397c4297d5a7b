export { translationApp, translationApp as default } from './translation-app.js';
