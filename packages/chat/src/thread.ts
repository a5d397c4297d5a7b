export type { Rendered, TemplateThread } from './template-thread.js';
export {
  brokenTemplate,
  type TemplateRenderer,
  textOf,
  threadRenderer,
} from './thread-renderer.js';
export { renderTemplate } from './render-in-thread.js';
