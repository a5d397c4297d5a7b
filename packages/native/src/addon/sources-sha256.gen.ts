// npm run build:native
export const SOURCES_SHA256 = '73c615fb9d497d087c63a33d774d9ad417a6f4ae88f9ff3c26e5737b223ee39d';
