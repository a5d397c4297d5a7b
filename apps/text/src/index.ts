export { textApp, textApp as default } from './text-app.js';
