// npm run build:native
export const SOURCES_SHA256 = 'ff86a364c73d1a565a4b061d3552d79e5064995f23d79c352b99646b29e147b8';
