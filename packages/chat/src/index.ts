export { ChatTemplateError } from './chat-template-error.js';
export type { ChatMessage, Conversation } from './conversation.js';
export {
  createTemplateRenderer,
  type RendererOptions,
  type TemplateRenderer,
} from './template-renderer.js';
export { type Instruction, instructDomain } from './instruct-domain.js';
