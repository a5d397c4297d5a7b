// npm run build:native
export const SOURCES_SHA256 = 'd278ba7d0a858df7060ad0e8f9fab01bb9f40480b8daf2931eebadf465f599d6';
