export {
  type AnswerEnd,
  type AnswerOptions,
  chat,
  type ChatAnswer,
  type ChatOptions,
  writeAnswer,
} from './chat/chat.js';
export {
  type ChatMessage,
  ChatTemplateError,
  type Conversation,
  createTemplateRenderer,
  endsInAnswer,
  type TemplateRenderer,
} from './chat/template-renderer.js';
export {
  answersOf,
  conversationDomain,
  type LossOn,
  type TrainingConversation,
  type TrainingMessage,
} from './chat/conversation-domain.js';
export {
  readToolCalls,
  textBeforeCalls,
  type ToolCall,
  toolCallConstraint,
  type ToolCallForm,
  toolCallForm,
} from './chat/tool-calls.js';
