import type { ModelView, PagePrompt, StudyAnswer } from '@ramble/explorer';

/** What is looked at: a prompt, and what the model computes for it. */
export interface Subject {
  readonly model: ModelView;
  readonly prompt: PagePrompt;
  readonly study: StudyAnswer;
}
