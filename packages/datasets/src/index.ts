export { type DataHash, hashFiles } from './text/hash-files.js';
export { readDocuments, type ReadOptions } from './text/read-documents.js';
export { saveStream } from './text/save-stream.js';
export type { TextPiece } from './text/text-piece.js';
