import { createTemplateRenderer } from '../src/template-renderer.js';

/** Renders a template that loops without end. */
const range = '{% for a in range(9999) %}';
const end = '{% endfor %}';
const source = range.repeat(4) + end.repeat(4);
await createTemplateRenderer({ source, specialTokens: {} }, { timeoutSeconds: 1 }).render({
  messages: [],
});
