// npm run build:native
export const SOURCES_SHA256 = '55ceac47c41c19c42bef7d37b169444a64dfe02f0c3f23342d449ce50c673c24';
