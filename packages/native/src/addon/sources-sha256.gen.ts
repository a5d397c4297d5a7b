// npm run build:native
export const SOURCES_SHA256 = '95918f2c2b90e8fdac4ae8420df7475358d62618ba5f2681dd95a9e3845e6cf1';
