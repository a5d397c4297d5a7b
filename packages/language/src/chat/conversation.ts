import type { JsonObject } from '@ramble/core/files';

/** A message: its role and content, and any further fields that the template reads. */
export interface ChatMessage extends JsonObject {
  readonly role: string;
  readonly content: string | null;
}

/** A conversation, and other values that a template may read. */
export interface Conversation {
  readonly messages: readonly ChatMessage[];
  /** Functions that the model may call, by their JSON schemas. */
  readonly tools?: readonly JsonObject[];
  /** Documents that answers may rest on, each with a `title` and a `text`. */
  readonly documents?: readonly JsonObject[];
  /** Whether the prompt ends with the beginning of an answer; true unless given. */
  readonly addGenerationPrompt?: boolean;
  /** Further variables of the template, such as Qwen's `enable_thinking`. */
  readonly variables?: JsonObject;
}
