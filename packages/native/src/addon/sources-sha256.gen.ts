// npm run build:native
export const SOURCES_SHA256 = 'f9f63f1ec56d79a6afe513334a5552d8d3779ca595625326b1258cce71f3a340';
