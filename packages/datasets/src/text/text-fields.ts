import type { DataFields } from '@ramble/core';

/** The field that holds a document, and what others call it. */
export const TEXT_FIELDS: DataFields = {
  names: ['text'],
  known: [['content'], ['document'], ['article'], ['story'], ['body'], ['sentence']],
};
