// npm run build:native
export const SOURCES_SHA256 = 'ed5d0c295cbcd681ae76403d07d06e8d409cf36c5da163947e50eaae4036b2b2';
