import { createTemplateRenderer } from '../src/template-renderer.js';

/** Renders a template, ends what it runs in, and says so. */
const renderer = createTemplateRenderer({ source: 'rendered', specialTokens: {} });
const text = await renderer.render({ messages: [] });
await renderer.close();
console.log(`${text}, and ended`);
