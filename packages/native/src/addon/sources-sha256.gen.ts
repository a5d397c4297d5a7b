// npm run build:native
export const SOURCES_SHA256 = '1501e3d987638a3394758c76e9cbac53863a358cd8b7c4f4b0695a6ad4de0aaf';
