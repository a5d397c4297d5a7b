// npm run build:native
export const SOURCES_SHA256 = '23b22bd1deb05755c9588e59d62bae17dcecdf162c4801fed8b6cd5c308e26f8';
