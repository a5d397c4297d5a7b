// npm run build:native
export const SOURCES_SHA256 = '0f36a3feeb00eed3854759368a30f193d0edad0cbe127ca472c924832f7d4422';
