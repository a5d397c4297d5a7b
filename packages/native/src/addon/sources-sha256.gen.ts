// npm run build:native
export const SOURCES_SHA256 = '0ecd7142a9a2b50a1cf94e608e63367386ba1ac5e5f945ffb437611ded901c5a';
