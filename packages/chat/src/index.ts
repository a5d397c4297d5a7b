export { ChatTemplateError } from './chat-template-error.js';
export type { ChatMessage, Conversation } from './conversation.js';
export { createTemplateRenderer } from './template-renderer.js';
export type { RendererOptions, TemplateRenderer } from './thread-renderer.js';
export { type Instruction, instructDomain } from './instruct-domain.js';
