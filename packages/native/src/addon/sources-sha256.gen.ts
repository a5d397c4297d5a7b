// npm run build:native
export const SOURCES_SHA256 = 'ff0f4c11530965e58d4c0320f6cfc01672ef2faa9b7152f5b9bbff720e8d030e';
