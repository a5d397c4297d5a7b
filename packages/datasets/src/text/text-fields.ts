import type { DataFields } from '@ramble/core';

/** The name of the field that holds a document, and other common names for it. */
export const TEXT_FIELDS: DataFields = {
  names: ['text'],
  known: [['content'], ['document'], ['article'], ['story'], ['body'], ['sentence']],
};
