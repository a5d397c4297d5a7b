export { summarizationApp, summarizationApp as default } from './summarization-app.js';
