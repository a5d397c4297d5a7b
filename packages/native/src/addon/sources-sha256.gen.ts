// npm run build:native
export const SOURCES_SHA256 = '6433b05570fb3a5b3300c6543990395cdefb4f52559eacbca50eaffb29dc2f98';
