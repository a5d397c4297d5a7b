// npm run build:native
export const SOURCES_SHA256 = 'f1a433ace780327ec9164b608094cc4f1dda8f63efbed1b05dbe2715667469ba';
