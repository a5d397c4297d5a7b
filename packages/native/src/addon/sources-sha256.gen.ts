// npm run build:native
export const SOURCES_SHA256 = '6a2b9da5bb39a9c992ff6fb454dfcd304e5c2bbf8cf4e86ca11faabb7226fe07';
