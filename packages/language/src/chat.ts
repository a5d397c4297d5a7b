export { chat, type ChatAnswer, type ChatOptions } from './chat/chat.js';
export { ChatTemplateError } from './chat/chat-template-error.js';
export type { ChatMessage, Conversation } from './chat/conversation.js';
export { type Instruction, instructDomain } from './chat/instruct-domain.js';
export { createTemplateRenderer, type TemplateRenderer } from './chat/template-renderer.js';
export { type AnswerEnd, type AnswerOptions, writeAnswer } from './chat/write-answer.js';
