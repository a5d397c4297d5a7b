// npm run build:native
export const SOURCES_SHA256 = '269a1ab38ff8ab6cfd53f8293fa2dcaa657f3ff6bed28b0a9c9a9686ecdcd62f';
