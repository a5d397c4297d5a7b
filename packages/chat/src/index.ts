export { chat, type ChatAnswer, type ChatOptions } from './chat.js';
export { ChatTemplateError } from './chat-template-error.js';
export type { ChatMessage, Conversation } from './conversation.js';
export { type Instruction, instructDomain } from './instruct-domain.js';
export { createTemplateRenderer, type TemplateRenderer } from './template-renderer.js';
export { type AnswerEnd, type AnswerOptions, writeAnswer } from './write-answer.js';
